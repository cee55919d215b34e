#include "services/desk/filter/check.hpp"

#include "services/desk/attribute/rules.hpp"
#include "services/desk/attribute/values.hpp"
#include "services/desk/filter/rules.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace lupaus::desk::filter {

namespace {

using attribute::Attribute;
using attribute::Type;

constexpr std::array kOfText{Op::is, Op::in, Op::set};
constexpr std::array kOfNumber{Op::is, Op::in, Op::at_least, Op::at_most, Op::set};
constexpr std::array kOfBoolean{Op::is, Op::set};
constexpr std::array kOfDate{Op::is, Op::in, Op::before, Op::after, Op::set};

std::span<const Op> ops_of(Type type) {
    switch (type) {
        case Type::number:
            return kOfNumber;
        case Type::boolean:
            return kOfBoolean;
        case Type::date:
            return kOfDate;
        case Type::text:
        case Type::choice:
            break;
    }
    return kOfText;
}

bool has_op(Type type, Op op) {
    const auto ops = ops_of(type);
    return std::ranges::find(ops, op) != ops.end();
}

bool is_attribute(const Term& term) {
    return term.field == Field::attribute || term.field == Field::contact_attribute;
}

const Attribute* named_attribute(const Known& known, const Term& term) {
    return attribute::find_key(term.field == Field::attribute ? known.of_conversations : known.of_contacts, term.key);
}

// Whether the value is what values of the type are; a choice may be any text here.
bool is_of_type(Type type, Op op, const Value& value) {
    if (op == Op::set) {
        return std::holds_alternative<bool>(value);
    }
    switch (type) {
        case Type::number:
            return std::holds_alternative<Number>(value);
        case Type::boolean:
            return std::holds_alternative<bool>(value);
        case Type::date: {
            const auto* day = std::get_if<std::string>(&value);
            return day != nullptr ? attribute::is_date(*day) : std::holds_alternative<Offset>(value);
        }
        case Type::text:
        case Type::choice:
            break;
    }
    return std::holds_alternative<std::string>(value);
}

// Calls `visit` with each term and its pointer.
void each_term(const Node& node, const std::string& pointer,
               const std::function<void(const Term&, const std::string&)>& visit) {
    if (node.kind == Kind::term) {
        visit(node.term, pointer);
        return;
    }
    const auto* word = node.kind == Kind::all ? "/all/" : node.kind == Kind::any ? "/any/" : "/not";
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        each_term(node.parts[i], pointer + word + (node.kind == Kind::negation ? "" : std::to_string(i)), visit);
    }
}

std::string pointer_of_value(const Term& term, const std::string& pointer, std::size_t place) {
    const auto of_op = pointer + "/" + std::string(to_string(term.op));
    return term.op == Op::in ? of_op + "/" + std::to_string(place) : of_op;
}

void check_attribute(const Known& known, const Term& term, const std::string& pointer,
                     std::vector<FieldError>& faults) {
    const auto* attribute = named_attribute(known, term);
    if (attribute == nullptr) {
        faults.push_back({.field = pointer + "/field", .detail = "names no attribute"});
        return;
    }
    const auto type = std::string(to_string(attribute->type));
    if (!has_op(attribute->type, term.op)) {
        faults.push_back(
            {.field = pointer + "/" + std::string(to_string(term.op)),
             .detail = "is no comparison of a " + type + "; there are " + words_of(ops_of(attribute->type))});
        return;
    }
    for (std::size_t i = 0; i < term.values.size(); ++i) {
        const auto* text = std::get_if<std::string>(&term.values[i]);
        const bool is_offered =
            attribute->type != Type::choice || text == nullptr || attribute::is_choice(*attribute, *text);
        if (!is_of_type(attribute->type, term.op, term.values[i]) || !is_offered) {
            faults.push_back({.field = pointer_of_value(term, pointer, i), .detail = "is no value of this " + type});
        }
    }
}

}  // namespace

const Attribute* fitting_attribute(const Known& known, const Term& term) {
    const auto* attribute = named_attribute(known, term);
    const auto fits = [&](const Value& value) { return is_of_type(attribute->type, term.op, value); };
    return attribute != nullptr && has_op(attribute->type, term.op) && std::ranges::all_of(term.values, fits)
               ? attribute
               : nullptr;
}

std::vector<FieldError> check(const Node& filter, const Known& known) {
    std::vector<FieldError> faults;
    each_term(filter, "", [&](const Term& term, const std::string& pointer) {
        if (is_attribute(term)) {
            check_attribute(known, term, pointer, faults);
        }
    });
    return faults;
}

std::vector<Reference> references_of(const Node& filter) {
    std::vector<Reference> references;
    each_term(filter, "", [&](const Term& term, const std::string& pointer) {
        if (rule_of(term.field).form != Form::id) {
            return;
        }
        for (std::size_t i = 0; i < term.values.size(); ++i) {
            if (const auto id = parse_uuid(std::get<std::string>(term.values[i]))) {
                references.push_back({.field = term.field, .id = *id, .pointer = pointer_of_value(term, pointer, i)});
            }
        }
    });
    return references;
}

}  // namespace lupaus::desk::filter
