// An event as a line for a chat that takes Slack's incoming webhooks: who, how long they have been waiting, and where
// to look. Pure: the same event gives the same bytes. Source: Slack, "Sending messages using incoming webhooks" and
// "Formatting text for app surfaces".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::courier {

// {"text":"…"}. In `link_url` {conversation_id} and {conversation_number} stand for the conversation's.
std::string slack_body(std::string_view event_json, const std::optional<std::string>& link_url);

}  // namespace lupaus::courier
