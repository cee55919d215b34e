#include "services/desk/filter/parse.hpp"

#include "common/base/limits.hpp"
#include "services/desk/attribute/rules.hpp"
#include "services/desk/attribute/values.hpp"
#include "services/desk/filter/rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::desk::filter {

namespace {

using text::Json;

constexpr std::size_t kFaultsMax = 20;

// A value, or what is wrong with it.
struct Read {
    Value value;
    std::string fault;
};

Read wrong(std::string fault) {
    return {.value = {}, .fault = std::move(fault)};
}

Read read_flag(const Json& json) {
    return json.is_boolean() ? Read{.value = json.get<bool>(), .fault = {}} : wrong("must be true or false");
}

Read read_word(const Json& json, std::span<const std::string_view> words) {
    if (json.is_string() && std::ranges::find(words, json.get_ref<const std::string&>()) != words.end()) {
        return {.value = json.get<std::string>(), .fault = {}};
    }
    std::string list;
    for (const auto word : words) {
        list += (list.empty() ? "" : ", ") + std::string(word);
    }
    return wrong("must be one of " + list);
}

Read read_id(const FieldRule& rule, const Json& json) {
    const auto text = json.is_string() ? json.get<std::string>() : std::string();
    if ((rule.has_none && text == kNone) || (rule.field == Field::assignee && text == kMe)) {
        return {.value = text, .fault = {}};
    }
    if (const auto id = parse_uuid(text)) {
        return {.value = to_string(*id), .fault = {}};
    }
    return wrong(rule.field == Field::assignee ? "must be an id, me or none"
                 : rule.has_none               ? "must be an id or none"
                                               : "must be an id");
}

Read read_text(const Json& json, std::size_t bytes_max) {
    const auto size = json.is_string() ? json.get_ref<const std::string&>().size() : 0;
    return size >= 1 && size <= bytes_max ? Read{.value = json.get<std::string>(), .fault = {}}
                                          : wrong("must be a text of 1 to " + std::to_string(bytes_max) + " bytes");
}

Read read_time(const Json& json) {
    const auto text = json.is_string() ? json.get<std::string>() : std::string();
    if (const auto offset = parse_offset(text)) {
        return {.value = *offset, .fault = {}};
    }
    if (const auto time = parse_rfc3339(text)) {
        return {.value = Timestamp(std::chrono::floor<std::chrono::milliseconds>(*time)), .fault = {}};
    }
    return wrong("must be a time such as 2026-11-22T10:05:17Z, or one from now such as -2h or +1d");
}

Read read_day(const Json& json) {
    const auto text = json.is_string() ? json.get<std::string>() : std::string();
    if (const auto offset = parse_offset(text); offset && (offset->unit == 'd' || offset->unit == 'w')) {
        return {.value = *offset, .fault = {}};
    }
    return attribute::is_date(text) ? Read{.value = text, .fault = {}}
                                    : wrong("must be a day such as 2026-11-22, or one from today such as +30d");
}

Read read_number(const Json& json) {
    attribute::Attribute number;
    number.type = attribute::Type::number;
    auto read = attribute::read_value(number, json);
    return read.fault.empty() ? Read{.value = Number{std::move(read.json)}, .fault = {}} : wrong(std::move(read.fault));
}

// Which of these its type takes is known to check().
Read read_of_attribute(Op op, const Json& json) {
    if (op == Op::before || op == Op::after) {
        return read_day(json);
    }
    if (op == Op::at_least || op == Op::at_most || json.is_number()) {
        return read_number(json);
    }
    return json.is_boolean() ? read_flag(json) : read_text(json, attribute::kTextBytesMax);
}

Read read_value(const FieldRule& rule, Op op, const Json& json) {
    if (op == Op::set) {
        return read_flag(json);
    }
    switch (rule.form) {
        case Form::state:
            return read_word(json, kStateWords);
        case Form::priority:
            return read_word(json, kPriorityWords);
        case Form::id:
            return read_id(rule, json);
        case Form::text:
            return read_text(json, limits::kNameBytesMax);
        case Form::flag:
            return read_flag(json);
        case Form::time:
            return read_time(json);
        case Form::any:
            break;
    }
    return read_of_attribute(op, json);
}

class Parser {
public:
    Node read(const Json& json, const std::string& pointer, int depth) {
        const auto* group = json.is_object() && json.size() == 1 ? &*json.begin() : nullptr;
        if (group != nullptr && (json.contains("all") || json.contains("any") || json.contains("not"))) {
            return read_group(json.begin().key(), *group, pointer, depth + 1);
        }
        if (json.is_object() && json.contains("field")) {
            return read_term(json, pointer);
        }
        fail(pointer, R"(must be {"all": […]}, {"any": […]}, {"not": …} or {"field": …} with one comparison)");
        return {};
    }

    std::vector<FieldError> take_faults() { return std::move(faults_); }

private:
    void fail(std::string pointer, std::string detail) {
        if (faults_.size() < kFaultsMax) {
            faults_.push_back({.field = std::move(pointer), .detail = std::move(detail)});
        }
    }

    // False, and said once: there is more of it than a filter may have.
    bool has_room(std::size_t& count, std::size_t max, const std::string& what) {
        if (++count == max + 1) {
            fail("", "must have at most " + std::to_string(max) + " " + what);
        }
        return count <= max;
    }

    Node read_group(const std::string& word, const Json& json, const std::string& pointer, int depth) {
        const auto inner = pointer + "/" + word;
        if (depth > kDepthMax) {
            fail(pointer, "must not have groups deeper than " + std::to_string(kDepthMax) + " in each other");
            return {};
        }
        if (!has_room(groups_, kGroupsMax, "groups (all, any, not)")) {
            return {};
        }
        Node node{.kind = word == "all"   ? Kind::all
                          : word == "any" ? Kind::any
                                          : Kind::negation,
                  .parts = {},
                  .term = {}};
        if (node.kind == Kind::negation) {
            node.parts.push_back(read(json, inner, depth));
            return node;
        }
        if (!json.is_array() || (json.empty() && node.kind == Kind::any)) {
            fail(inner, node.kind == Kind::any ? "must be a list of at least one" : "must be a list");
            return node;
        }
        for (std::size_t i = 0; i < json.size() && groups_ <= kGroupsMax && terms_ <= kTermsMax; ++i) {
            node.parts.push_back(read(json[i], inner + "/" + std::to_string(i), depth));
        }
        return node;
    }

    Node read_term(const Json& json, const std::string& pointer) {
        Node node{.kind = Kind::term, .parts = {}, .term = {}};
        if (!has_room(terms_, kTermsMax, "terms")) {
            return node;
        }
        const auto& word = json.at("field");
        auto named = word.is_string() ? find_field(word.get_ref<const std::string&>()) : std::nullopt;
        if (!named || (named->rule->form == Form::any && !attribute::is_key(named->key))) {
            fail(pointer + "/field", "must be one of " + field_words());
            return node;
        }
        node.term.field = named->rule->field;
        node.term.key = std::move(named->key);
        if (json.size() != 2) {
            fail(pointer, "must have a field and one comparison: " + words_of(named->rule->ops));
            return node;
        }
        const auto given = json.begin().key() == "field" ? std::next(json.begin()) : json.begin();
        const auto op = find_op(given.key());
        if (!op || std::ranges::find(named->rule->ops, *op) == named->rule->ops.end()) {
            fail(pointer + "/" + given.key(),
                 "is no comparison of this field; there are " + words_of(named->rule->ops));
            return node;
        }
        node.term.op = *op;
        read_values(*named->rule, node.term, *given, pointer + "/" + given.key());
        return node;
    }

    void read_values(const FieldRule& rule, Term& term, const Json& json, const std::string& pointer) {
        if (term.op != Op::in) {
            add_value(rule, term, json, pointer);
            return;
        }
        if (!json.is_array() || json.empty() || json.size() > kValuesMax) {
            fail(pointer, "must be a list of 1 to " + std::to_string(kValuesMax));
            return;
        }
        for (std::size_t i = 0; i < json.size(); ++i) {
            add_value(rule, term, json[i], pointer + "/" + std::to_string(i));
        }
    }

    void add_value(const FieldRule& rule, Term& term, const Json& json, const std::string& pointer) {
        auto read = read_value(rule, term.op, json);
        if (read.fault.empty()) {
            term.values.push_back(std::move(read.value));
        } else {
            fail(pointer, std::move(read.fault));
        }
    }

    std::vector<FieldError> faults_;
    std::size_t groups_ = 0;
    std::size_t terms_ = 0;
};

}  // namespace

Parsed parse(const Json& json) {
    Parser parser;
    auto filter = parser.read(json, "", 0);
    return {.filter = std::move(filter), .faults = parser.take_faults()};
}

}  // namespace lupaus::desk::filter
