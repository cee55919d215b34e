#include "common/text/json_reader.hpp"

#include "common/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::text {

namespace {

constexpr std::size_t kErrorsMax = 20;  // whoever sends more mistakes than this learns the rest next time
constexpr std::size_t kNameShownBytesMax = 80;

// RFC 6901, section 3.
std::string escape_token(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words) {
        text += text.empty() ? "" : ", ";
        text += word;
    }
    return text;
}

// What is wrong with a string, or nothing.
std::string string_fault(const std::string& text, std::size_t min_bytes) {
    if (text.size() >= min_bytes) {
        return {};
    }
    return min_bytes == 1 ? "must not be empty" : "must have at least " + std::to_string(min_bytes) + " bytes";
}

}  // namespace

struct JsonReader::Findings {
    std::vector<FieldError> fields;
    bool size_only = true;

    void add(std::string pointer, std::string detail, bool about_size) {
        if (fields.size() < kErrorsMax) {
            fields.push_back(FieldError{std::move(pointer), std::move(detail)});
            size_only = size_only && about_size;
        }
    }
};

JsonReader::JsonReader(const Json& value) : JsonReader(&value, "", std::make_shared<Findings>()) {}

JsonReader::JsonReader(const Json* value, std::string pointer, std::shared_ptr<Findings> findings)
    : object_(value), pointer_(std::move(pointer)), findings_(std::move(findings)) {
    if (object_ != nullptr && !object_->is_object()) {
        object_ = nullptr;
        findings_->add(pointer_, "must be an object", false);
    }
}

std::string JsonReader::pointer_to(std::string_view name) const {
    return pointer_ + "/" + escape_token(name);
}

void JsonReader::report(std::string_view name, std::string detail, bool size_only) {
    findings_->add(pointer_to(name), std::move(detail), size_only);
}

void JsonReader::fail(std::string_view name, std::string detail) {
    report(name, std::move(detail));
}

bool JsonReader::has(std::string_view name) const {
    return object_ != nullptr && object_->contains(name);
}

bool JsonReader::is_null(std::string_view name) const {
    return has(name) && object_->find(name)->is_null();
}

const Json* JsonReader::any(std::string_view name) {
    if (object_ == nullptr) {
        return nullptr;
    }
    known_.emplace_back(name);
    const auto found = object_->find(name);
    return found == object_->end() ? nullptr : &*found;
}

const Json* JsonReader::find(std::string_view name) {
    const auto* value = any(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool JsonReader::require_present(std::string_view name) {
    if (object_ == nullptr) {
        return false;
    }
    if (!has(name) || is_null(name)) {
        report(name, "is required");
        return false;
    }
    return true;
}

std::optional<std::string> JsonReader::optional_string(std::string_view name, const StringRule& rule) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        report(name, "must be a string");
        return std::nullopt;
    }
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > rule.max_bytes) {
        report(name, "must have at most " + std::to_string(rule.max_bytes) + " bytes", true);
        return std::nullopt;
    }
    if (auto fault = string_fault(text, rule.min_bytes); !fault.empty()) {
        report(name, std::move(fault));
        return std::nullopt;
    }
    return text;
}

std::string JsonReader::string(std::string_view name, const StringRule& rule) {
    auto text = optional_string(name, rule);
    if (rule.required) {
        require_present(name);
    }
    return text ? *std::move(text) : std::string();
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name, const IntegerRule& rule) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_integer()) {
        report(name, "must be an integer");
        return std::nullopt;
    }
    constexpr auto kSignedMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= kSignedMax;
    const auto number = fits ? value->get<std::int64_t>() : 0;
    if (!fits || number < rule.min || number > rule.max) {
        report(name, "must be between " + std::to_string(rule.min) + " and " + std::to_string(rule.max));
        return std::nullopt;
    }
    return number;
}

std::int64_t JsonReader::integer(std::string_view name, const IntegerRule& rule) {
    const auto number = optional_integer(name, rule);
    require_present(name);
    return number.value_or(0);
}

std::optional<bool> JsonReader::optional_boolean(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        report(name, "must be true or false");
        return std::nullopt;
    }
    return value->get<bool>();
}

bool JsonReader::boolean(std::string_view name) {
    const auto flag = optional_boolean(name);
    require_present(name);
    return flag.value_or(false);
}

std::optional<Timestamp> JsonReader::optional_timestamp(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto time = value->is_string() ? parse_rfc3339(value->get_ref<const std::string&>()) : std::nullopt;
    if (!time) {
        report(name, "must be an RFC 3339 time such as 2026-11-22T10:05:17.123Z");
    }
    return time;
}

Timestamp JsonReader::timestamp(std::string_view name) {
    const auto time = optional_timestamp(name);
    require_present(name);
    return time.value_or(Timestamp{});
}

std::optional<Uuid> JsonReader::optional_uuid(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto id = value->is_string() ? parse_uuid(value->get_ref<const std::string&>()) : std::nullopt;
    if (!id) {
        report(name, "must be an id (a UUID of 36 characters)");
    }
    return id;
}

Uuid JsonReader::uuid(std::string_view name) {
    const auto id = optional_uuid(name);
    require_present(name);
    return id.value_or(Uuid{});
}

std::optional<std::size_t> JsonReader::choose(std::string_view name, std::span<const std::string_view> words) {
    const auto* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto chosen =
        value->is_string() ? std::ranges::find(words, value->get_ref<const std::string&>()) : words.end();
    if (chosen == words.end()) {
        report(name, "must be one of " + joined(words));
        return std::nullopt;
    }
    return static_cast<std::size_t>(chosen - words.begin());
}

std::optional<std::string> JsonReader::optional_one_of(std::string_view name,
                                                       std::initializer_list<std::string_view> words) {
    const auto index = choose(name, std::span(words.begin(), words.size()));
    return index ? std::optional<std::string>(words.begin()[*index]) : std::nullopt;
}

std::string JsonReader::one_of(std::string_view name, std::initializer_list<std::string_view> words) {
    const auto word = optional_one_of(name, words);
    require_present(name);
    return word.value_or("");
}

// `read` turns one element into an item or reports what is wrong with it under the name it is given.
template <class Item, class Read>
std::vector<Item> JsonReader::list(std::string_view name, const ListRule& rule, Read read) {
    std::vector<Item> items;
    const auto* value = find(name);
    if (value == nullptr) {
        return items;
    }
    if (!value->is_array()) {
        report(name, "must be a list");
        return items;
    }
    if (value->size() > rule.max_items) {
        report(name, "must have at most " + std::to_string(rule.max_items) + " items", true);
        return items;
    }
    if (value->size() < rule.min_items) {
        report(name, "must have at least " + std::to_string(rule.min_items) + " items");
        return items;
    }
    JsonReader element(nullptr, pointer_to(name), findings_);
    for (std::size_t i = 0; i < value->size(); ++i) {
        read(element, std::to_string(i), (*value)[i], items);
    }
    return items;
}

std::vector<std::string> JsonReader::string_list(std::string_view name, const ListRule& rule) {
    const auto max_bytes = rule.max_item_bytes;
    return list<std::string>(
        name, rule, [max_bytes](JsonReader& at, const std::string& index, const Json& item, auto& items) {
            if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
                at.report(index, "must be a string that is not empty");
            } else if (item.get_ref<const std::string&>().size() > max_bytes) {
                at.report(index, "must have at most " + std::to_string(max_bytes) + " bytes", true);
            } else {
                items.push_back(item.get<std::string>());
            }
        });
}

std::vector<Uuid> JsonReader::uuid_list(std::string_view name, const ListRule& rule) {
    return list<Uuid>(name, rule, [](JsonReader& at, const std::string& index, const Json& item, auto& items) {
        const auto id = item.is_string() ? parse_uuid(item.get_ref<const std::string&>()) : std::nullopt;
        if (id) {
            items.push_back(*id);
        } else {
            at.report(index, "must be an id (a UUID of 36 characters)");
        }
    });
}

std::vector<JsonReader> JsonReader::objects(std::string_view name, std::size_t max_items) {
    const ListRule rule{.max_items = max_items};
    return list<JsonReader>(name, rule, [](JsonReader& at, const std::string& index, const Json& item, auto& items) {
        items.push_back(JsonReader(&item, at.pointer_to(index), at.findings_));
    });
}

std::optional<std::vector<std::string>> JsonReader::optional_string_list(std::string_view name, const ListRule& rule) {
    if (!has(name) || is_null(name)) {
        known_.emplace_back(name);
        return std::nullopt;
    }
    return string_list(name, rule);
}

std::optional<JsonReader> JsonReader::optional_object(std::string_view name) {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(JsonReader(value, pointer_to(name), findings_));
}

JsonReader JsonReader::object(std::string_view name) {
    auto child = optional_object(name);
    require_present(name);
    return child ? *std::move(child) : JsonReader(nullptr, pointer_to(name), findings_);
}

void JsonReader::refuse_unknown() {
    if (object_ == nullptr) {
        return;
    }
    for (const auto& [name, value] : object_->items()) {
        if (std::ranges::find(known_, name) == known_.end()) {
            report(utf8_prefix(name, kNameShownBytesMax), "is not a known field");
        }
    }
}

std::optional<Error> JsonReader::error() const {
    if (findings_->fields.empty()) {
        return std::nullopt;
    }
    Error error{
        .code = findings_->size_only ? Errc::too_large : Errc::invalid, .detail = {}, .fields = findings_->fields};
    for (const auto& field : error.fields) {
        error.detail += error.detail.empty() ? "" : "; ";
        error.detail += (field.field.empty() ? "The body" : field.field) + " " + field.detail;
    }
    error.detail += ".";
    return error;
}

}  // namespace lupaus::text
