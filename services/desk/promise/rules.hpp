// When a promise is due and who is told when it is in danger. Pure: time comes in as an argument. How it ended is
// decided where it is settled, on the clock of the database.
//
//   opened ──────── warn (0) ───── due (1) ──── leads (2) ──── account (3)
//                   75 % used,     the          due + leads    due + account
//                   or a lead      target       after          after
//
// All of it is counted by the hours of the policy, where it has some.
// A promise without a target has no warning and no due time; after a long silence it goes to the leads at once.
// Of the levels that fell due together only the highest fires; a level whose recipient is not online passes on.
#pragma once

#include "services/desk/promise/types.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::promise {

inline constexpr int kLevels = 4;

// What a policy is matched against.
struct Facts {
    Kind kind = Kind::first_reply;
    ChannelId channel;
    TeamId team;
    conversation::Priority priority = conversation::Priority::normal;
    conversation::Visibility visibility = conversation::Visibility::private_;
};

// Of the policies whose every condition holds, the most specific one: channel, then team, priority, visibility;
// between equals the shorter target. Null: nothing is promised, the wait is only measured.
const Policy* choose_policy(std::span<const Policy> policies, const Facts& facts);

struct LadderOptions {
    double warn_share = 0.75;
    std::chrono::seconds silent_after{};  // without a target
    std::chrono::seconds acknowledge_hold{};
};

// Sets due_at and the ladder's times from opened_at; `policy` may be null.
void arm(Promise& promise, const Policy* policy, const LadderOptions& options);

// The wait began earlier than was known: every time of the promise moves back with it, by as much time as it is counted
// by; what was raised stays raised. Where a bot had it first, the handoff stays the opening and no time moves.
void begin_earlier(Promise& promise, Timestamp at);

// The same for an agent's word, whose due time is set: the leads hear of it after half of its time again, an hour at
// most, the account after all of it, four hours at most. Sets what else follows from opening and due time.
inline constexpr std::chrono::hours kWordLeadsAfterMax{1};
inline constexpr std::chrono::hours kWordAccountAfterMax{4};
void arm_word(Promise& word, const LadderOptions& options);

// Where it stands among all that is owed: at its due time; what has none as if it were due after a day.
inline constexpr std::chrono::hours kRankWithoutDue{24};
Timestamp rank_of(const Promise& promise);

// How much of the wait was a bot's before the promise was opened.
double bot_seconds(const Promise& promise);

std::array<std::optional<Timestamp>, kLevels> level_times(const Promise& promise);

// Which levels have somebody to tell right now.
using Reachable = std::array<bool, kLevels>;

struct Raise {
    std::optional<int> level;       // fires; empty: nothing new (held, or nothing due)
    std::vector<int> superseded;    // fell due or passed on below it; stored, not announced
    std::optional<Timestamp> next;  // when to look again: at the next step, and when it falls due
    bool is_due_soon = false;       // its warning was raised, or passed on, while there is time left
};

Raise raise_due(const Promise& promise, Timestamp now, const Reachable& reachable);

// By the calendar, or by the hours a promise is counted in; null: it has none.
Micros time_between(const hours::Calendar* calendar, Timestamp from, Timestamp to);

// Taken by somebody: the ladder waits this long, then goes on.
Micros hold_length(const Promise& promise, const LadderOptions& options);

std::string_view to_string(Kind kind);
std::string_view to_string(Source source);
std::string_view to_string(Outcome outcome);

}  // namespace lupaus::desk::promise
