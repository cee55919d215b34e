#include "services/desk/arrival/reread.hpp"

#include "services/desk/arrival/mapping.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/store.hpp"

namespace lupaus::desk::arrival {

namespace {

Error conflict(std::string detail) {
    return {.code = Errc::conflict, .detail = std::move(detail)};
}

bool is_unread_mail(const inbound::Quarantined& held) {
    const auto message = inbound::decode(std::string_view(held.payload));
    return message && !message->unreadable.empty();
}

Result<inbound::Parsed> read_mail(Tx& tx, const Context& context, const inbound::Quarantined& held) {
    const auto channel = channel::find(tx, held.account, held.channel);
    const auto raw = inbound::find_raw(tx, held.account, held.id);
    if (!channel || !channel->email || !raw) {
        return conflict("The mail or its channel is gone.");
    }
    const auto message = inbound::decode(std::string_view(held.payload));
    if (raw->empty()) {
        return conflict("There are no bytes to be read: " + message->unreadable);
    }
    const Place place{.account = held.account,
                      .channel = held.channel,
                      .email = *channel->email,
                      .live_since = channel->live_since,
                      .box = context.box};
    auto mapped = map_mail(*raw, message->occurred_at.value_or(held.received_at), place);
    if (!mapped.parsed.message.unreadable.empty()) {
        return conflict("The mail cannot be read, as before: " + mapped.parsed.message.unreadable);
    }
    return std::move(mapped.parsed);
}

}  // namespace

std::optional<inbound::Parsed> read_again(Tx& tx, const Context& context, const inbound::Quarantined& held) {
    if (!is_unread_mail(held)) {
        return std::nullopt;
    }
    auto parsed = read_mail(tx, context, held);
    return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

Result<std::string> reread(Tx& tx, const Context& context, const inbound::Quarantined& held) {
    if (!is_unread_mail(held)) {
        return held.payload;
    }
    auto parsed = read_mail(tx, context, held);
    if (!parsed) {
        return parsed.error();
    }
    inbound::store_attachments(context.blobs, *parsed);
    return inbound::encode(parsed->message);
}

}  // namespace lupaus::desk::arrival
