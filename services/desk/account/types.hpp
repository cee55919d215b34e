// An account: one company's desk, seen by nobody else.
#pragma once

#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::account {

struct Account {
    AccountId id;
    std::string name;
};

}  // namespace lupaus::desk::account
