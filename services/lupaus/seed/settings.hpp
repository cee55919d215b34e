// What an administrator would have set up at an invented desk: teams of very different size, a channel that leads to
// each and one that leads to none, agents who are in one team or two, and a promise of eight hours for every reply.
#pragma once

#include "common/base/clock.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/ids.hpp"

#include <array>
#include <string>
#include <vector>

namespace lupaus::seed {

inline constexpr int kAgents = 50;
inline constexpr int kTeams = 9;

struct Door {
    desk::ChannelId id;
    std::string name;
    std::string secret;  // whsec_...
};

struct Settings {
    desk::AccountId account;
    std::vector<Door> channels;  // the busiest first; the last one is a small team's
    std::vector<desk::TeamId> teams;
    desk::AgentId agent;  // of the busiest team
    std::string agent_token;
    std::string admin_token;
};

// All of it belongs to a new account, whose channels are live since `live_since`.
Result<Settings> make_settings(Tx& tx, const crypto::SecretBox& box, Timestamp live_since);

}  // namespace lupaus::seed
