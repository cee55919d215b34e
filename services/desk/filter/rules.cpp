#include "services/desk/filter/rules.hpp"

#include <algorithm>
#include <charconv>

namespace lupaus::desk::filter {

namespace {

constexpr std::array kEqual{Op::is, Op::in};
constexpr std::array kTagged{Op::has, Op::in};
constexpr std::array kFlag{Op::is};
constexpr std::array kTime{Op::before, Op::after, Op::set};
constexpr std::array kAttribute{Op::is, Op::in, Op::before, Op::after, Op::at_least, Op::at_most, Op::set};

constexpr std::array kFields{
    FieldRule{"state", Field::state, Form::state, kEqual},
    FieldRule{"priority", Field::priority, Form::priority, kEqual},
    FieldRule{"team", Field::team, Form::id, kEqual, true},
    FieldRule{"assignee", Field::assignee, Form::id, kEqual, true},
    FieldRule{"channel", Field::channel, Form::id, kEqual},
    FieldRule{"contact", Field::contact, Form::id, kEqual},
    FieldRule{"tag", Field::tag, Form::text, kTagged},
    FieldRule{"waiting", Field::waiting, Form::flag, kFlag},
    FieldRule{"owed", Field::owed, Form::flag, kFlag},
    FieldRule{"overdue", Field::overdue, Form::flag, kFlag},
    FieldRule{"waiting_since", Field::waiting_since, Form::time, kTime},
    FieldRule{"due_at", Field::due_at, Form::time, kTime},
    FieldRule{"last_message_at", Field::last_message_at, Form::time, kTime},
    FieldRule{"created_at", Field::created_at, Form::time, kTime},
    FieldRule{"snoozed_until", Field::snoozed_until, Form::time, kTime},
    FieldRule{"resolved_at", Field::resolved_at, Form::time, kTime},
    FieldRule{"attributes.", Field::attribute, Form::any, kAttribute},
    FieldRule{"contact.attributes.", Field::contact_attribute, Form::any, kAttribute},
};

struct OpWord {
    std::string_view word;
    Op op{};
};

constexpr std::array kOps{OpWord{"is", Op::is},           OpWord{"in", Op::in},       OpWord{"has", Op::has},
                          OpWord{"before", Op::before},   OpWord{"after", Op::after}, OpWord{"at_least", Op::at_least},
                          OpWord{"at_most", Op::at_most}, OpWord{"set", Op::set}};

constexpr States kAllStates{true, true, true, true};
constexpr States kNoState{};

bool is_attribute(const FieldRule& rule) {
    return rule.form == Form::any;
}

States states_of_term(const Term& term, bool is_negated) {
    if (term.field != Field::state) {
        return kAllStates;
    }
    States states{};
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i] =
            (std::ranges::find(term.values, Value(std::string(kStateWords[i]))) != term.values.end()) != is_negated;
    }
    return states;
}

// Where the node is true, or with `is_negated` false: what all say, or what any says.
States states_where(const Node& node, bool is_negated) {
    if (node.kind == Kind::term) {
        return states_of_term(node.term, is_negated);
    }
    if (node.kind == Kind::negation) {
        return states_where(node.parts.front(), !is_negated);
    }
    const bool meets_all = (node.kind == Kind::all) != is_negated;
    auto states = meets_all ? kAllStates : kNoState;
    for (const auto& part : node.parts) {
        const auto of_part = states_where(part, is_negated);
        for (std::size_t i = 0; i < states.size(); ++i) {
            states[i] = meets_all ? states[i] && of_part[i] : states[i] || of_part[i];
        }
    }
    return states;
}

}  // namespace

std::optional<Named> find_field(std::string_view word) {
    for (const auto& rule : kFields) {
        if (is_attribute(rule) ? word.starts_with(rule.word) : word == rule.word) {
            return Named{.rule = &rule, .key = std::string(word.substr(rule.word.size()))};
        }
    }
    return std::nullopt;
}

const FieldRule& rule_of(Field field) {
    return *std::ranges::find(kFields, field, &FieldRule::field);
}

std::optional<Op> find_op(std::string_view word) {
    const auto found = std::ranges::find(kOps, word, &OpWord::word);
    return found == kOps.end() ? std::nullopt : std::optional(found->op);
}

std::string_view to_string(Op op) {
    return std::ranges::find(kOps, op, &OpWord::op)->word;
}

std::string words_of(std::span<const Op> ops) {
    std::string words;
    for (const auto op : ops) {
        words += (words.empty() ? "" : ", ") + std::string(to_string(op));
    }
    return words;
}

std::string field_words() {
    std::string words;
    for (const auto& rule : kFields) {
        words += (words.empty() ? "" : ", ") + std::string(rule.word) + (is_attribute(rule) ? "<key>" : "");
    }
    return words;
}

std::optional<Offset> parse_offset(std::string_view text) {
    constexpr std::string_view kUnits = "mhdw";
    constexpr std::size_t kDigitsMax = 4;
    if (text.size() < 3 || text.size() > kDigitsMax + 2 || (text.front() != '-' && text.front() != '+') ||
        kUnits.find(text.back()) == std::string_view::npos) {
        return std::nullopt;
    }
    const auto digits = text.substr(1, text.size() - 2);
    Offset offset{.count = 0, .unit = text.back()};
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), offset.count);
    if (digits.front() == '-' || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    offset.count = text.front() == '-' ? -offset.count : offset.count;
    return offset;
}

std::string to_string(const Offset& offset) {
    const auto count = std::to_string(offset.count);
    return (offset.count < 0 ? count : "+" + count) + offset.unit;
}

std::chrono::seconds length_of(const Offset& offset) {
    using namespace std::chrono;
    const seconds unit = offset.unit == 'm'   ? seconds(minutes{1})
                         : offset.unit == 'h' ? seconds(hours{1})
                         : offset.unit == 'd' ? seconds(days{1})
                                              : seconds(weeks{1});
    return unit * offset.count;
}

States states_of(const Node& filter) {
    return states_where(filter, false);
}

}  // namespace lupaus::desk::filter
