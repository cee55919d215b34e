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

}  // namespace

Result<std::string> reread(Tx& tx, const Context& context, const inbound::Quarantined& held) {
    const auto message = inbound::decode(std::string_view(held.payload));
    if (!message || message->unreadable.empty()) {
        return held.payload;
    }
    const auto channel = channel::find(tx, held.account, held.channel);
    const auto raw = inbound::find_raw(tx, held.account, held.id);
    if (!channel || !channel->email || !raw) {
        return conflict("The mail or its channel is gone.");
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
    inbound::store_attachments(context.blobs, mapped.parsed);
    return inbound::encode(mapped.parsed.message);
}

}  // namespace lupaus::desk::arrival
