// Copies of mails that were sent, for the folder that their channel names. A copy enters with the relay's yes
// (queries.sql, conclude) and is work of its own: nothing here changes a delivery. Locks: the copy's own row alone.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/delivery/store.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::delivery {

struct CopyJob {
    Job mail;         // the delivery, its files and its channel's grant
    int attempt = 0;  // the first is 1
    channel::MailServer server{};
    std::string folder{};
    std::string sealed_password{};
};

struct CopyClaim {
    int limit = 1;
    std::span<const ChannelId> busy;  // channels with an attempt under way: left out
    std::chrono::milliseconds lease{};
};

// Begins an attempt on what is due, at most one a channel, and on what a lost process had begun. What needs no copy any
// more is dropped. A transaction with Scope::queues(); it is narrowed to the accounts found.
std::vector<CopyJob> claim_copies(Tx& tx, const CopyClaim& claim);

struct CopyEnd {
    AccountId account;
    DeliveryId delivery;
    int attempt = 0;
    bool is_there = false;
    std::optional<std::chrono::milliseconds> wait{};  // neither there nor this: given up
    std::string error{};
};

// Only while it is the newest attempt. Scope: the account.
void conclude_copy(Tx& tx, const CopyEnd& end);

// Why a mail is not in the folder yet, or never will be. Empty: there is nothing to say.
std::optional<std::string> find_copy_error(Tx& tx, AccountId account, DeliveryId delivery);

// The pause after an attempt that failed; nothing: that was the last. Pure.
std::optional<std::chrono::milliseconds> pause_of_copy(int attempt, const Schedule& schedule);

}  // namespace lupaus::desk::delivery
