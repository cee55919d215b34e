// The account's event log. Appending is the last statement before COMMIT: it takes the account's counter row, so that
// seq order is commit order and has no gaps. Call it once a transaction, with everything that happened.
#pragma once

#include "common/base/limits.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/event/types.hpp"

#include <span>
#include <vector>

namespace lupaus::desk::event {

// About something that is set up rather than lived through: `data` is {"<member>": <json>}, the thing as it is after
// the change. `type` is a constant such as "team.updated".
struct Change {
    std::string_view type;
    std::string_view member;
    std::string_view json;
};

Draft describe(AccountId account, const Actor& actor, const Change& change);

// Several accounts are locked in account order. Also notes the transaction's id for a commit in doubt.
void append(Tx& tx, std::span<const Draft> drafts);

struct Position {
    AccountId account;
    std::int64_t after = 0;
};

// Of each account. A page ends where one more event would exceed either; it has one event at least, however long.
struct PageLimit {
    int events = 0;
    std::int64_t bytes = limits::kEventPageBytesMax;  // of data, texts and attachments' names, before they are JSON
};

struct Page {
    std::vector<Event> events;
    bool has_more = false;  // some account's part was full, so that there may be more
};

// The events of each account beyond its position, in order, one statement for all accounts.
Page read_after(Tx& tx, std::span<const Position> positions, const PageLimit& limit);

// The heads of up to `limit` events beyond each position, in order, one list for each.
std::vector<std::vector<Head>> heads_after(Tx& tx, std::span<const Position> positions, int limit);

struct Place {
    AccountId account;
    std::int64_t seq = 0;

    auto operator<=>(const Place&) const = default;
};

// No account's page: a few of these may be in memory at once.
inline constexpr std::int64_t kReadBytesMax = 4 * 1024 * 1024;

// Those of the events that are kept, in order, as far as they fit into `bytes` (of PageLimit); one at least.
std::vector<Event> read(Tx& tx, std::span<const Place> places, std::int64_t bytes = kReadBytesMax);

struct Extent {
    std::int64_t newest = 0;  // 0: nothing happened yet
    std::int64_t oldest = 1;  // the first event that is kept; newest + 1: none is

    // Whoever has read up to `cursor` can go on from there without missing anything.
    bool can_resume(std::int64_t cursor) const { return cursor <= newest && cursor + 1 >= oldest; }
};

Extent extent(Tx& tx, AccountId account);

}  // namespace lupaus::desk::event
