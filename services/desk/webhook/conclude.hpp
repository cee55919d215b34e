// How attempts ended, many at once, and what that means for their endpoints. Locks: the endpoints' states (of those
// whose breaker may move), then the deliveries, the event counter last.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/webhook/claim.hpp"
#include "services/desk/webhook/rules.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::webhook {

struct Conclusion {
    DeliveryKey key;
    int attempt = 0;
    Trial trial;
    bool is_shaky = false;  // as claimed
    delivery::Step step;
    std::optional<int> status;  // of the receiver's answer
};

struct Concluded {
    std::vector<bool> is_newest;  // of each: false where another attempt began meanwhile, or the endpoint is gone
    std::size_t opened = 0;       // breakers
    std::size_t disabled = 0;     // endpoints; an event tells of each
};

// The scope names the accounts. The last thing before COMMIT.
Concluded conclude(Tx& tx, std::span<const Conclusion> conclusions, const delivery::Schedule& schedule, double chance);

// What ended, and bodies, from longer ago than `age`, a portion at a time; how many are gone. Scope::queues().
int delete_old(Tx& tx, std::chrono::milliseconds age, int limit);

}  // namespace lupaus::desk::webhook
