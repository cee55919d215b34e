// An attribute: what one desk wants to know of each conversation or customer. Codes are stored as smallint; never
// renumber them.
#pragma once

#include "services/desk/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lupaus::desk::attribute {

using AttributeId = StrongId<struct AttributeTag>;

enum class Subject : std::int16_t { conversation = 0, contact = 1 };
enum class Type : std::int16_t { text = 0, number = 1, boolean = 2, date = 3, choice = 4 };

struct Attribute {
    AccountId account;
    AttributeId id;
    std::int64_t slot = 0;  // under what its values are kept; given by the database, once for ever
    Subject applies_to = Subject::conversation;
    std::string key;  // unique among those of its subject in the account
    std::string name;
    Type type = Type::text;
    std::vector<std::string> choices;  // of Type::choice
    int version = 1;
};

}  // namespace lupaus::desk::attribute
