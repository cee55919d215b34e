// What a receiver says later of a reply: that it arrived, was read, or could not be delivered after all
// (proto/receipt.schema.json). Receipts overtake each other and repeat; the furthest state wins, so they need no
// memory.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/text/json.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/event/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::delivery {

inline constexpr std::string_view kReceiptType = "delivery.updated";

struct Receipt {
    AccountId account{};
    ChannelId channel{};
    std::string message_id{};  // the receiver's own id of the reply, or the desk's
    State state = State::delivered;
    std::optional<std::string> detail{};  // why it failed, for people
};

// Pure. Account and channel are the caller's. Errors: invalid, naming every wrong field.
Result<Receipt> parse_receipt(const text::Json& body);

// The state after a receipt; nothing where it says nothing new. What failed may arrive after all; what arrived cannot
// fail any more.
std::optional<State> advance(State now, State told);

struct Noted {
    Delivery delivery;
    bool is_news = false;
};

// Appends the events people see: the last thing before COMMIT. Scope: the receipt's account. Locks as conclude().
// Errors: invalid where the channel knows no such reply.
Result<Noted> note_receipt(Tx& tx, const Receipt& receipt, const event::Actor& actor, telemetry::Metrics& metrics);

}  // namespace lupaus::desk::delivery
