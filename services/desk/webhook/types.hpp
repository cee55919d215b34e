// An integrator's webhook: an endpoint that is told what happens in an account, and what became of telling it. Codes
// are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/ids.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::webhook {

enum class Format : std::int16_t { event = 0, slack = 1 };

enum class DisabledReason : std::int16_t {
    asked = 0,    // by whoever may edit it
    gone = 1,     // it answered 410
    failing = 2,  // nothing but failures for as long as a delivery is tried
};

// Everything that is set must match; what is empty lets everything through.
struct Filter {
    std::vector<std::string> types;   // message.created, alert.*
    std::vector<TeamId> teams;        // of the conversation
    std::vector<ChannelId> channels;  // of the conversation
    TokenId token;                    // whose doings exclude_own leaves out
    bool exclude_own = false;
};

struct Webhook {
    AccountId account;
    WebhookId id;
    std::string name;
    std::string url;
    Format format = Format::event;
    std::optional<std::string> link_url;  // where people open a conversation; for Format::slack
    Filter filter;
    bool ordered = false;   // one thing at a time about a conversation
    bool rotating = false;  // it is signed with the previous secret too
    std::optional<Timestamp> disabled_at;
    std::optional<DisabledReason> disabled_reason;
    int version = 1;
    Timestamp created_at{};
};

// How an endpoint has been answering. Closed: open_until is empty. Open: nothing is sent before open_until. Then half
// open: one attempt decides.
struct Breaker {
    int failures = 0;  // since the last success
    int trips = 0;     // how often it opened since then
    std::optional<Timestamp> failing_since{};
    std::optional<Timestamp> open_until{};

    bool operator==(const Breaker&) const = default;
};

// What moves with every event.
struct Progress {
    std::int64_t cursor = 0;  // told, or about to be told, up to here
    Breaker breaker;
    std::optional<std::string> error;  // of the last failure
};

// One event for one endpoint: the key, and the id that the receiver sees as webhook-id.
struct DeliveryKey {
    AccountId account;
    WebhookId webhook;
    EventId event;

    auto operator<=>(const DeliveryKey&) const = default;
};

using State = delivery::State;  // queued, sending, sent or failed

struct Delivery {
    DeliveryKey key;
    std::int64_t seq = 0;  // the event's cursor; of a ping: the newest there was
    std::string type;
    Timestamp occurred_at{};
    State state = State::queued;
    int attempt = 0;
    std::optional<Timestamp> due_at;  // of the next attempt; while sending the end of the lease
    std::optional<int> status;        // of the last answer
    std::optional<std::string> error;
    Timestamp created_at{};
    std::optional<Timestamp> ended_at;
};

}  // namespace lupaus::desk::webhook
