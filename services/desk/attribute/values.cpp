#include "services/desk/attribute/values.hpp"

#include "services/desk/attribute/rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::desk::attribute {

namespace {

using text::Json;

Read refused(std::string fault) {
    return {.json = {}, .fault = std::move(fault)};
}

Read read_text(const Json& value) {
    if (!value.is_string()) {
        return refused("must be a text");
    }
    const auto size = value.get_ref<const std::string&>().size();
    if (size < 1 || size > kTextBytesMax) {
        return refused("must have 1 to " + std::to_string(kTextBytesMax) + " bytes; null takes it away");
    }
    return {.json = text::dump(value), .fault = {}};
}

// An integer of JSON may have more digits than a double keeps.
Read read_number(const Json& value) {
    constexpr std::string_view kFault = "must be a number of at most 15 digits, 9 of them after the point";
    constexpr std::int64_t kIntegerMax = 999'999'999'999'999;
    if (value.is_number_integer()) {
        const bool fits = value.is_number_unsigned()
                              ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kIntegerMax)
                              : value.get<std::int64_t>() >= -kIntegerMax;
        return fits ? Read{.json = text::dump(value), .fault = {}} : refused(std::string(kFault));
    }
    auto written = value.is_number() ? number_text(value.get<double>()) : std::nullopt;
    return written ? Read{.json = *std::move(written), .fault = {}} : refused(std::string(kFault));
}

Read read_choice(const Attribute& attribute, const Json& value) {
    if (value.is_string() && is_choice(attribute, value.get_ref<const std::string&>())) {
        return {.json = text::dump(value), .fault = {}};
    }
    std::string words;
    for (const auto& choice : attribute.choices) {
        words += (words.empty() ? "" : ", ") + choice;
    }
    return refused("must be one of " + words);
}

}  // namespace

Read read_value(const Attribute& attribute, const Json& value) {
    switch (attribute.type) {
        case Type::text:
            return read_text(value);
        case Type::number:
            return read_number(value);
        case Type::boolean:
            return value.is_boolean() ? Read{.json = text::dump(value), .fault = {}} : refused("must be true or false");
        case Type::date:
            return value.is_string() && is_date(value.get_ref<const std::string&>())
                       ? Read{.json = text::dump(value), .fault = {}}
                       : refused("must be a day such as 2026-11-22");
        case Type::choice:
            break;
    }
    return read_choice(attribute, value);
}

const Attribute* find_key(std::span<const Attribute> known, std::string_view key) {
    const auto found = std::ranges::find(known, key, &Attribute::key);
    return found == known.end() ? nullptr : &*found;
}

Merged merge(std::span<const Attribute> known, std::string_view shown, const Json& given) {
    const auto before = Json::parse(shown);
    auto after = before;
    Merged merged;
    for (const auto& [key, value] : given.items()) {
        const auto* attribute = find_key(known, key);
        if (attribute == nullptr) {
            merged.faults.push_back({.field = key, .detail = "is no attribute here"});
        } else if (value.is_null()) {
            after.erase(key);
        } else if (auto read = read_value(*attribute, value); read.fault.empty()) {
            after[key] = Json::parse(read.json);
        } else {
            merged.faults.push_back({.field = key, .detail = std::move(read.fault)});
        }
    }
    auto kept = Json::object();
    for (const auto& attribute : known) {
        if (const auto found = after.find(attribute.key); found != after.end()) {
            kept[std::to_string(attribute.slot)] = *found;
        }
    }
    merged.is_changed = after != before;
    merged.by_key = text::dump(after);
    merged.by_slot = kept.empty() ? std::nullopt : std::optional(text::dump(kept));
    return merged;
}

}  // namespace lupaus::desk::attribute
