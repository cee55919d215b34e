// Which channel a mail is for, and the mailboxes that are read: who reads them, how far, and how they fare.
// find_mailbox and everything about owners need no scope; the others the account. A mailbox has one owner, whose lease
// is renewed (a lease and no advisory lock: it outlives no process for long, needs no session of its own, and says in a
// row who has what); only the owner moves the checkpoint.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/channel/store.hpp"
#include "services/email/mailbox/mailbox.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::email {

std::optional<desk::ChannelId> find_mailbox(Tx& tx, std::string_view address);  // tags of it do not matter

struct OwnedMailbox {
    desk::channel::ChannelKey key{};
    int version = 0;          // of the channel's settings
    bool has_wanted = false;  // somebody asks for mails that could not be had
};

struct Claim {
    Uuid owner{};
    std::chrono::seconds lease{};
    int new_max = 0;  // that it takes besides those that it has
};

// All that the owner has now.
std::vector<OwnedMailbox> claim_mailboxes(Tx& tx, const Claim& claim);
bool release_mailboxes(Tx& tx, const Uuid& owner);  // false: it had none

// For those that nobody reads: nothing may leave for customers, as `reason` says.
void hold_mailboxes(Tx& tx, std::string_view reason);

struct MailboxSettings {
    OwnedMailbox mailbox{};
    mailbox::Settings settings{};
    std::string user{};
};

std::vector<MailboxSettings> load_mailboxes(Tx& tx, std::span<const OwnedMailbox> mailboxes);

struct SealedLogin {
    std::string user{};
    std::string sealed_password{};  // empty: there is none
    std::optional<desk::channel::SealedGrant> oauth{};
};

std::optional<SealedLogin> find_mailbox_login(Tx& tx, const desk::channel::ChannelKey& key);

// Of one mailbox, for its owner. `source`: what the numbers of its mails belong to.
struct MailboxPlace {
    desk::channel::ChannelKey key{};
    Uuid owner{};
    std::string source{};
};

mailbox::Checkpoint find_checkpoint(Tx& tx, const MailboxPlace& place);

struct CheckpointMove {
    mailbox::Checkpoint to{};
    std::int64_t stored = 0;  // mails on the way there
};

bool move_checkpoint(Tx& tx, const MailboxPlace& place, const CheckpointMove& move);  // false: another one owns it
void count_stored(Tx& tx, const MailboxPlace& place);  // one more, from behind the checkpoint
bool tell_health(Tx& tx, const MailboxPlace& place, const mailbox::Health& health);  // the same

}  // namespace lupaus::email
