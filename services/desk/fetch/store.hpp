// SQL of what is to be fetched: a queue table, claimed by due time across accounts. Locks: conversation, fetch,
// attachment, event counter; a claim takes rows of the queue alone. Whoever enqueues or hastens announces Topic::fetch
// after the commit.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/fetch/types.hpp"
#include "services/desk/message/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::fetch {

// The attachments of these messages that are to be fetched. Returns how many.
std::size_t enqueue(Tx& tx, std::span<const message::Message> messages);

struct InFlight {
    AccountId account;
    int count = 0;
};

struct ClaimOptions {
    int limit = 1;
    int per_account = 1;                  // under way at once, those in `in_flight` included
    std::span<const InFlight> in_flight;  // of the caller
    std::chrono::milliseconds lease{};
};

struct Claim {
    std::vector<Job> jobs;
    bool is_cut = false;                                  // more may be due than was looked at: claim again at once
    std::optional<std::chrono::milliseconds> until_next;  // how long nothing more is due; empty: nothing waits
};

// Begins an attempt on what is due and on what a lost process had begun. A transaction with Scope::queues().
Claim claim(Tx& tx, const ClaimOptions& options);

// What came of an attempt; the events that people see are the last thing before COMMIT. Scope: the attachment's
// account. outdated: another attempt has begun meanwhile, or the message was taken back; nothing was changed.
Ended conclude(Tx& tx, const Conclusion& conclusion);

// A human asks for another try; what waits for its next attempt is made due. Errors: not_found; conflict where it is
// there.
Result<message::Attachment> retry(Tx& tx, AccountId account, AttachmentId id, const event::Actor& actor);

void give_back(Tx& tx, std::span<const Job> jobs);

struct Backlog {
    std::int64_t due = 0;         // due or under way, counted up to kBacklogCountMax
    std::chrono::seconds age{0};  // of the oldest due time that has passed
};

inline constexpr int kBacklogCountMax = 10'000;

Backlog measure_backlog(Tx& tx);

}  // namespace lupaus::desk::fetch
