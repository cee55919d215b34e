#include "services/router/said.hpp"

#include "services/desk/inbound/rules.hpp"
#include "services/desk/letter/types.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

constexpr std::chrono::hours kClampWindow{7 * 24};

}  // namespace

Timestamp clamp_occurred(const std::optional<Timestamp>& occurred_at, Timestamp received_at) {
    return std::clamp(occurred_at.value_or(received_at), received_at - kClampWindow, received_at);
}

std::optional<desk::message::Judgement> judge(const desk::inbound::Inbound& message, const ContactFacts& contact,
                                              const Snapshot& snapshot) {
    if (contact.blocked) {
        return desk::message::Judgement{.verdict = desk::message::Verdict::blocked, .rule = "contact.blocked"};
    }
    const auto own = message.mail ? snapshot.own_addresses.find(message.account) : snapshot.own_addresses.end();
    if (own != snapshot.own_addresses.end() && own->second.contains(message.sender_id)) {
        return desk::message::Judgement{.verdict = desk::message::Verdict::automatic,
                                        .rule = std::string(desk::letter::kOwnAddress)};
    }
    return message.judgement;
}

Said when_said(const Item& item, const ChannelFacts& channel) {
    const auto& occurred_at = item.message.occurred_at;
    const auto received_at = item.row.received_at;
    if (desk::inbound::is_history(occurred_at, received_at, channel.live_since)) {
        return {.at = desk::inbound::said_at(occurred_at, received_at), .is_history = true};
    }
    return {.at = clamp_occurred(occurred_at, received_at), .is_history = false};
}

}  // namespace lupaus::router
