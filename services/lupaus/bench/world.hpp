// Accounts, agents and channels for a benchmark, made directly in the database as its owner: agents are online for a day
// and have room for everything, so that every conversation is assigned.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "common/postgres/database.hpp"
#include "services/desk/ids.hpp"

#include <string>
#include <vector>

namespace lupaus::bench {

struct Door {
    desk::AccountId account;
    std::string path;         // of the webhook
    std::string secret;       // its bytes
    std::string agent_token;  // of one of the agents
};

Result<std::vector<Door>> make_world(Tx& tx, const crypto::SecretBox& box, int accounts, int agents_each);

bool is_queue_empty(Tx& tx);

// Events message.created of these accounts, and how many of them speak of the same message twice.
struct Told {
    std::int64_t events = 0;
    std::int64_t repeated = 0;
    std::int64_t unassigned = 0;  // conversations that nobody got
};
Told count_told(Tx& tx, const std::vector<Door>& doors);

}  // namespace lupaus::bench
