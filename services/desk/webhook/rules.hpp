// What an endpoint is told, and when it is left alone. Pure: time and chance come in as arguments.
//
// Each endpoint has a cursor into its account's log. Fan-out turns the events behind it into deliveries, a window at a
// time; deliveries have attempts on the one schedule of desk/delivery. The breaker looks at the endpoint as a whole:
//
//   closed ──5 failures in a row, or an address that may not be called──▶ open ──time──▶ half open
//     ▲  │                                                                ▲                │
//     │  └──Retry-After──────────────────────────────────────────────────▶┤◀──failure──────┤
//     └────────────────────────────────success───────────────────────────────────────────┘
//
// While it is open nothing new is taken from the log, so that a receiver that is away costs a window and not a table;
// when it closes everything that waits is due at once, and the log is read on from the cursor. 410, and failures alone
// for as long as a single delivery would be tried, disable the endpoint.
#pragma once

#include "services/desk/delivery/rules.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/webhook/types.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace lupaus::desk::webhook {

inline constexpr std::string_view kPing = "ping";  // the type that is in no log: what a test sends

bool matches(const Filter& filter, const event::Head& head);

// ---- fan-out

struct Follower {
    AccountId account;
    WebhookId webhook;
    std::int64_t cursor = 0;
    int room = 0;  // how many deliveries more may wait for it
    Filter filter;
    bool ordered = false;
};

// The next events after a cursor, in order.
struct Stretch {
    AccountId account;
    std::int64_t after = 0;
    std::vector<event::Head> heads;
};

struct PlanLimits {
    std::size_t deliveries = 0;
    std::size_t events = 0;  // whose bytes are rendered and held at once
};

struct Pick {
    std::size_t follower = 0;  // indices into what the plan was made from
    std::size_t stretch = 0;
    std::size_t head = 0;
};

struct Plan {
    std::vector<Pick> picks;
    std::vector<std::int64_t> cursors;  // one for each follower
    bool is_cut = false;                // there may be more to do at once
    bool is_short_of_room = false;      // there is more for somebody whose window is full
};

// `first`: with whom it begins, so that nobody is always last when a limit is reached.
Plan plan(std::span<const Follower> followers, std::span<const Stretch> stretches, const PlanLimits& limits,
          std::size_t first);

// How many deliveries more may be made while `waiting` are not ended: the window, but one at a time for an endpoint
// whose breaker has yet to close.
int room_of(const Breaker& breaker, int waiting, int window);

// ---- attempts

// An attempt that ended.
struct Trial {
    delivery::Attempt attempt;
    delivery::Report report;
    bool is_ping = false;
};

// What becomes of the delivery, on the schedule of delivery::step. What cannot be sent as things stand is tried again,
// since whoever runs the desk may mend it; a ping is tried once.
delivery::Step step(const Trial& trial, const delivery::Schedule& schedule, double chance);

// ---- the breaker

inline constexpr int kTripAfter = 5;

struct Moment {
    Timestamp now{};  // the database's
    double chance = 0;
};

struct Verdict {
    Breaker breaker;
    std::optional<DisabledReason> disable;
};

// After each attempt. A success that was under way when the breaker opened does not close it before its time; a ping,
// which somebody sent to find out, does.
Verdict judge(const Breaker& breaker, const Trial& trial, const delivery::Schedule& schedule, const Moment& moment);

std::string_view phase(const Breaker& breaker, Timestamp now);  // closed, open, half_open

// ---- words

// In the URL {conversation_id} and {conversation_number} stand for the conversation's.
std::string fill_link(std::string link_url, std::string_view id, std::string_view number);

std::string_view to_string(Format format);
std::string_view to_string(DisabledReason reason);
std::string_view state_word(State state);

}  // namespace lupaus::desk::webhook
