#include "services/router/decode.hpp"

#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/showable.hpp"

#include <utility>

namespace lupaus::router {

using desk::inbound::Kind;
using desk::inbound::Queued;

Decoded decode_all(const std::vector<Queued>& rows) {
    Decoded decoded;
    for (const auto& row : rows) {
        if (row.kind != Kind::message) {
            decoded.items.push_back(Item{.row = row, .message = {}});
            continue;
        }
        auto message = desk::inbound::decode(row);
        if (message.has_error()) {
            decoded.failed.push_back({.row = row, .error = message.error().detail});
        } else {
            desk::inbound::make_showable(*message);  // here, before any conversation is held
            decoded.items.push_back(Item{.row = row, .message = std::move(*message)});
        }
    }
    return decoded;
}

void set_aside_unplaceable(Decoded& decoded, const Snapshot& snapshot) {
    std::vector<Item> placeable;
    for (auto& item : decoded.items) {
        if (item.row.kind != Kind::message || snapshot.channels.contains(item.row.channel)) {
            placeable.push_back(std::move(item));
        } else {
            decoded.failed.push_back({.row = std::move(item.row), .error = "The channel no longer exists."});
        }
    }
    decoded.items = std::move(placeable);
}

}  // namespace lupaus::router
