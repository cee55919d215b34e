// Channels and their secrets. Secrets leave here in clear exactly once, when they are made; in the database they are
// sealed (crypto::SecretBox). While a secret rotates the previous one is valid too, until the rotation is finished.
// Errors: invalid (a team that does not exist), conflict (there are as many as an account may have), not_found.
#pragma once

#include "common/base/error.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/channel/types.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::channel {

struct NewSecrets {
    std::string inbound;                  // whsec_...
    std::optional<std::string> outbound;  // where there is an outbound_url
};

struct After {
    std::string name;
    ChannelId id;
};

struct ChannelKey {
    AccountId account;
    ChannelId id;
};

// What the intake needs before it knows the account; the secrets are still sealed.
struct Door {
    AccountId account;
    Kind kind = Kind::webhook;
    std::string secret;
    std::optional<std::string> secret_previous;
    Timestamp live_since{};
    std::optional<int> inbound_per_second{};  // where the operator set a limit, of the channel
    std::optional<int> messages_per_day{};    // of its account
};

// The channel's id is the caller's; live_since is the database's now unless it is set.
Result<NewSecrets> create(Tx& tx, const crypto::SecretBox& box, Channel& channel);
std::optional<Channel> find(Tx& tx, AccountId account, ChannelId id);
std::set<ChannelId> known(Tx& tx, AccountId account, std::span<const ChannelId> ids);  // those of them that exist
std::optional<Channel> lock(Tx& tx, AccountId account, ChannelId id);
Result<void> update(Tx& tx, const Channel& channel);  // everything but kind; the version rises
std::vector<Channel> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit);

std::optional<std::string> rotate(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key);
bool finish_rotation(Tx& tx, const ChannelKey& key);  // false: no such channel
std::optional<std::string> replace_outbound_secret(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key);

std::optional<Door> find_door(Tx& tx, ChannelId id);  // disabled channels have none; works without a scope

}  // namespace lupaus::desk::channel
