#include "services/router/decode.hpp"

#include "services/desk/inbound/codec.hpp"
#include "services/desk/message/body.hpp"

#include <utility>

namespace lupaus::router {

using desk::inbound::Kind;
using desk::inbound::Queued;

namespace {

// Here, before any conversation is held. What the queue has of it, and what the channel sent, stays as it was.
desk::inbound::Inbound made_showable(desk::inbound::Inbound message) {
    auto body = desk::message::received({.text = std::move(message.text), .html = std::move(message.html)});
    message.text = std::move(body.text);
    message.html = std::move(body.html);
    return message;
}

}  // namespace

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
            decoded.items.push_back(Item{.row = row, .message = made_showable(std::move(*message))});
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
