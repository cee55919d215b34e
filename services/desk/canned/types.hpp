// A canned reply: what a desk says often, once written well, with places for what differs from customer to customer.
#pragma once

#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::canned {

using CannedId = StrongId<struct CannedTag>;

struct Canned {
    AccountId account;
    CannedId id;
    std::string shortcut;  // what an agent types; unique in the account
    std::string text;      // with {{variables}}
    TeamId team;           // whose it is; nil: everybody's
    int version = 1;
};

}  // namespace lupaus::desk::canned
