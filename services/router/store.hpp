// SQL of the router: what its snapshot needs and no room of the desk offers, and the rows it alone writes.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/agent/rules.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/timer/types.hpp"
#include "services/router/route.hpp"
#include "services/router/snapshot.hpp"

#include <set>
#include <span>
#include <utility>

namespace lupaus::router {

void load_channels(Tx& tx, std::span<const Uuid> accounts, Snapshot& snapshot);
void load_contacts(Tx& tx, const std::vector<Item>& batch, Snapshot& snapshot);
void load_teams(Tx& tx, std::span<const Uuid> accounts, Snapshot& snapshot);
void load_agents(Tx& tx, std::span<const Uuid> accounts, const desk::agent::LeaseTerms& terms, Snapshot& snapshot);

// Unassigned conversations that the free capacity of the loaded agents could take: of each team and skill as many as
// there is room for, at most `limit`.
struct Waiting {
    std::vector<desk::conversation::Key> keys;
    std::set<AccountId> cut;  // more may wait
};

Waiting find_waiting(Tx& tx, const Snapshot& snapshot, int limit);
int room_of(const AgentFacts& agent);

// A team, or nil for what belongs to none, where somebody left who could take what waits there.
struct Place {
    AccountId account;
    TeamId team;

    auto operator<=>(const Place&) const = default;
};

// What waits in these places with nobody able to take it, and is not said to be unattended already; of
// each skill at most `limit`.
struct Uncovered {
    std::vector<std::pair<Place, desk::conversation::Key>> waiting;
    std::set<Place> cut;  // more may wait
};

Uncovered find_uncovered(Tx& tx, const Snapshot& snapshot, std::span<const Place> places, int limit);

struct Releasable {
    desk::conversation::Key key;
    AgentId agent;
};

std::vector<Releasable> find_releasable(Tx& tx, const std::vector<Item>& batch, int limit);

struct HeldByBot {
    desk::conversation::Key key;
    desk::TokenId bot;
};

std::vector<HeldByBot> find_held_by_bots(Tx& tx, const std::vector<Item>& batch, int limit);

// The deliveries that `undelivered` timers speak of, each with the level its alert would have next. They are locked but
// for those that somebody holds, who is changing them.
struct DeliveryRow {
    AccountId account;
    desk::DeliveryId id;
    desk::message::DeliveryState state{};
    ConversationId conversation;
    AgentId author;
    bool waits_in_outbox = false;
    bool is_closed = false;  // nobody has to be told any more
    bool is_busy = false;
    int next_level = 1;
};

std::vector<DeliveryRow> load_deliveries(Tx& tx, const std::vector<desk::timer::Timer>& timers);

// For the gauges.
struct Waits {
    std::int64_t waiting = 0;
    std::int64_t overdue = 0;
    std::chrono::milliseconds oldest{0};
};

Waits measure_waits(Tx& tx);

struct AlertCount {
    desk::alert::Kind kind{};
    desk::alert::State state{};
    std::int64_t count = 0;
};

std::vector<AlertCount> measure_alerts(Tx& tx);

void insert_contacts(Tx& tx, std::span<const NewContact> contacts);
void set_timers(Tx& tx, std::span<const desk::timer::Timer> timers);

}  // namespace lupaus::router
