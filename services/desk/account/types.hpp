// An account: one company's desk, seen by nobody else.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::account {

struct Account {
    AccountId id;
    std::string name;
    Timestamp created_at{};
    int version = 1;
};

}  // namespace lupaus::desk::account
