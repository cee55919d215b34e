// What a presence lease is worth at a given moment, and when a change of an agent is worth a look at the queue.
//
//   chosen   while seen or until      then, since the later of seen_at and until
//   online   online                   away after away_after, offline after offline_after
//   away     away                     offline after offline_after
//   break    break until its end      online if seen within away_after, else away, offline after offline_after
//   offline  offline                  offline
//
// `until` names an end: of a break, and else of the lease itself, for whoever is at the desk without asking it
// anything.
#pragma once

#include "services/desk/agent/types.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace lupaus::desk::agent {

inline constexpr std::chrono::hours kUntilMax{24};         // how far ahead `until` may lie
inline constexpr std::chrono::seconds kTouchInterval{15};  // a request in between costs no write
inline constexpr std::chrono::seconds kStreamInterval{2};
inline constexpr int kCapacityMax = 1000;
inline constexpr std::chrono::seconds kWrapUpMax{3600};

struct LeaseTerms {
    std::chrono::milliseconds away_after{};
    std::chrono::milliseconds offline_after{};
};

Presence effective(const Lease& lease, Timestamp now, const LeaseTerms& terms);

// How stale seen_at may be while somebody works: kTouchInterval, less where the leases are short.
std::chrono::milliseconds touch_interval(const LeaseTerms& terms);

// How often an open stream says that its agent is there: half a touch interval. What comes a moment too early waits for
// the next time, so that seen_at is never older than two touch intervals, which is half of a lease.
std::chrono::milliseconds stream_interval(const LeaseTerms& terms);

// Why this choice cannot be made; nothing: it can. Speaks of the field `until`.
std::optional<std::string_view> refuse_until(Presence chosen, const std::optional<Timestamp>& until, Timestamp now);

// The agent may now be given work that it could not be given before.
bool opens_capacity(const Agent& before, const Agent& after);

// There is work that the agent could be given before and, whatever their capacity, cannot be given now.
bool leaves_work(const Agent& before, const Agent& after);

std::string_view to_string(Role role);
std::string_view to_string(Presence presence);
std::string_view to_string(TeamMode mode);

}  // namespace lupaus::desk::agent
