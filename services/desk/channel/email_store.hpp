// What a channel of the kind email has besides. Its secrets are sealed in the database, leave it only for whoever signs
// in with them, and are never shown. Errors: conflict (another channel of the account has the address).
#pragma once

#include "services/desk/channel/store.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::channel {

// channel.email, with the secrets that are given; those that are not stay while the server or the oauth that they are
// for stays (has_password). The channel itself is stored already.
Result<void> put_email(Tx& tx, const crypto::SecretBox& box, const Channel& channel, const MailSecrets& given);

// Errors: not_found; internal where they were sealed with another key.
Result<MailSecrets> find_mail_secrets(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key);

// What a provider gave instead of the one before: both sealed. False: that one is not the channel's any more.
struct RefreshToken {
    ChannelKey key;
    std::string sealed_before;
    std::string sealed;
};

bool replace_refresh_token(Tx& tx, const RefreshToken& change);

// Of a row of this room from its 16th column on; nothing where the channel is of another kind.
std::optional<Email> read_email(const pqxx::row& row);

// From the 36th column on.
MailboxHealth read_mailbox_health(const pqxx::row& row);

}  // namespace lupaus::desk::channel
