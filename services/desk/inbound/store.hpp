// The queue of everything that arrives: dedupe keys, raw bytes, queue rows, quarantine. All of these are queue tables:
// intake and router see them with Scope::queues(), without naming accounts; quarantine alone needs the accounts named.
// Whoever adds rows announces Topic::queue after the commit.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/inbound/types.hpp"

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::inbound {

// One statement where every message is new; the keys are inserted sorted, so that redelivered batches cannot deadlock.
// Receipts in the order of the batch. A conflict is also kept as a rejection. Repeating it after a commit in doubt is
// harmless: a key that already names the message's own id is a plain accept.
std::vector<Receipt> accept(Tx& tx, std::span<const Inbound> batch);

// Why a batch failed. poison: one of its rows can never be stored; in_doubt: repeat the whole batch.
enum class AcceptFailure { poison, in_doubt, infrastructure };
AcceptFailure classify_failure(const std::exception_ptr& failure);

// What became of it, whether by key or, when it was refused, by rejection; nothing: never seen.
std::optional<Fate> find_receipt(Tx& tx, AccountId account, ChannelId channel, std::string_view external_id);

// Commands travel through the same queue as messages, in the transaction that caused them.
struct Command {
    AccountId account{};
    Kind kind = Kind::drain;
    Uuid subject{};  // wake: the conversation; release: the agent
};

void push_commands(Tx& tx, std::span<const Command> commands);
void push_command(Tx& tx, AccountId account, Kind kind, Uuid subject = {});

// Rows at and above `from`, at most `rows_max` of them, grouped by account in the order of their first row.
struct Discovery {
    std::vector<Lane> lanes{};  // with the lowest rows of their accounts
    std::int64_t highest = 0;   // everything visible between `from` and here was seen; 0: nothing
    std::int64_t rows = 0;
    bool is_cut = false;  // there may be more above `highest`
};

Discovery discover(Tx& tx, std::int64_t from, int rows_max);

// The first row of every account, by skipping through the index: slow while a snapshot pins dead rows, never wrong.
Discovery discover_all(Tx& tx, int accounts_max);

// Locks those accounts' lanes that nobody holds until the transaction ends. A statement of its own, before any read.
std::vector<AccountId> try_lanes(Tx& tx, std::span<const AccountId> sorted_accounts);

// The same of one account, waiting for whoever holds it.
void lock_lane(Tx& tx, AccountId account);

// At most `rows_per_lane` rows of each lane: first what came live, in the order of arrival over all of them, then
// backlog.
std::vector<Queued> claim(Tx& tx, std::span<const Lane> lanes, int rows_per_lane);

void remove(Tx& tx, std::span<const Queued> rows);

// Rows that cannot be routed leave the queue with their errors; else they would pin it.
struct Failed {
    Queued row{};
    std::string error{};
};

void quarantine(Tx& tx, std::span<const Failed> failed);

std::vector<Quarantined> list_quarantine(Tx& tx, AccountId account, MessageId after, int limit);

// Held until the transaction ends; then back to the end of the queue, with its payload or a better one.
std::optional<Quarantined> lock_quarantined(Tx& tx, AccountId account, MessageId id);
void requeue(Tx& tx, const Quarantined& held, std::string payload);

std::optional<std::string> find_raw(Tx& tx, AccountId account, MessageId id);  // as it arrived

struct Depth {
    std::int64_t rows = 0;             // counted up to kDepthCountMax
    std::chrono::milliseconds age{0};  // of the oldest
};

inline constexpr int kDepthCountMax = 100'000;
Depth measure_depth(Tx& tx, std::int64_t from);  // `from`: Lanes::floor(), so that dead rows are not walked

}  // namespace lupaus::desk::inbound
