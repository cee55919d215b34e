// SQL of attributes. Their values are columns of what they belong to: see conversation and contact, set_attributes.
// Errors: conflict (a key that is taken, as many as an account may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/attribute/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::attribute {

inline constexpr int kAttributesMax = 100;  // in one account

Result<void> insert(Tx& tx, const Attribute& attribute);
std::optional<Attribute> find(Tx& tx, AccountId account, AttributeId id);
std::optional<Attribute> lock(Tx& tx, AccountId account, AttributeId id);
void update(Tx& tx, const Attribute& attribute);  // name and choices; the version rises

// Its values are shown to nobody from now on.
void remove(Tx& tx, AccountId account, AttributeId id);

// By subject, then key. `after`: where the page before ended.
struct Page {
    AccountId account;
    Subject after_subject = Subject::conversation;
    std::string after_key;
    int limit = 0;
};

std::vector<Attribute> list(Tx& tx, const Page& page);
std::vector<Attribute> all_of(Tx& tx, AccountId account, Subject subject);

}  // namespace lupaus::desk::attribute
