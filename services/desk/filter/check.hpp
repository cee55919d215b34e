// What of a filter depends on the desk: which attributes there are, and which ids it names. Pure.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/attribute/types.hpp"
#include "services/desk/filter/types.hpp"

#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::filter {

struct Known {
    std::span<const attribute::Attribute> of_conversations;
    std::span<const attribute::Attribute> of_contacts;
};

// Nullptr where there is no such attribute, or none that takes the comparison and its values.
const attribute::Attribute* fitting_attribute(const Known& known, const Term& term);

// Attributes that are unknown, and comparisons and values that are not of their type; named as parse() names them.
std::vector<FieldError> check(const Node& filter, const Known& known);

struct Reference {
    Field field{};  // team, assignee, channel or contact
    Uuid id;
    std::string pointer;
};

std::vector<Reference> references_of(const Node& filter);

}  // namespace lupaus::desk::filter
