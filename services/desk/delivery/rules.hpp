// What happens to a delivery after each attempt. Pure: the age of the delivery and a random number come in as
// arguments.
//
//   undone ◀──its author, while it is held and no attempt has begun
//     │
//   queued ──claim──▶ sending ──2xx──▶ sent          (delivered, read: receipt.hpp)
//     ▲                 │
//     ├──wait◀──────────┤ other answer, nothing sent, called off, unknown where the receiver deduplicates
//     │                 ├──410, bad URL, refused by the guard, schedule at its end──▶ failed
//     │                 └──unknown, or lease expired, where nobody deduplicates─────▶ uncertain ─┐
//     └──a human asks, in failed or uncertain                                                       │
//                                  a mail, where the attempt itself says unknown: once more ◀───────┘
//
// At least once for machines that deduplicate by id, at most once for people. A mail whose end was not heard is
// `uncertain` from then on and yet sent once more, the same bytes under the same Message-ID, since it may be lost as
// well; only a relay's word that it took the second one makes it `sent`. Source: Standard Webhooks 1.0, "Retries".
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/delivery/types.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::delivery {

// A reply not sent within this time raises `undelivered` (SEMANTICS "Promises").
inline constexpr std::chrono::minutes kUndeliveredAfter{10};

// How long a reply may be held, so that its author can take it back.
inline constexpr std::chrono::seconds kUndoMax{60};

// Whether the receiver of a channel kind drops a message id that it has seen, so that sending again is harmless.
bool deduplicates(channel::Kind kind);

// Whether what may have arrived is worth one repetition nevertheless.
bool is_repeated_once(channel::Kind kind);

struct Schedule {
    std::chrono::milliseconds first{};          // the pause after the first failure
    std::chrono::milliseconds longest{};        // between two attempts
    std::chrono::milliseconds give_up_after{};  // since the delivery was created; the last attempt falls there
};

// The attempt that ended. `number` counts from 1.
struct Attempt {
    int number = 1;
    Micros age{};  // of the delivery when it ended
    channel::Kind kind = channel::Kind::webhook;
    bool is_repetition = false;  // of one that may have arrived
};

enum class Outcome {
    accepted,    // 2xx
    refused,     // any other answer
    gone,        // the receiver never wants it again: 410
    impossible,  // it cannot be sent as things stand: bad URL, forbidden address
    not_sent,    // no byte left: no connection
    called_off,  // the lease was too old for the first byte
    unknown,     // bytes left and no answer came
    rejected,    // the receiver refuses this message for good: a mail server's 5xx
};

struct Report {
    Outcome outcome = Outcome::accepted;
    std::optional<std::chrono::seconds> retry_after{};  // the receiver's wish; honoured up to the longest pause
    std::string detail{};                               // a sentence; when accepted, whom it did not reach
};

// `wait` is set when another attempt is made.
struct Step {
    State state = State::sent;
    std::optional<std::chrono::milliseconds> wait{};
    std::string error{};
};

// `chance` is in [0, 1): pauses vary by a tenth, so that what failed together does not return together.
Step step(const Attempt& attempt, const Report& report, const Schedule& schedule, double chance);

std::string_view to_string(Outcome outcome);  // for metrics

}  // namespace lupaus::desk::delivery
