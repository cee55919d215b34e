// How much a machine may write by mail, and to whom never: so that no two of them keep each other writing, and nobody
// has the desk write to somebody who never wrote to it. Pure, any thread.
// Source: RFC 3834 (automatic responses), RFC 2142 (names of roles).
#pragma once

#include <string>
#include <string_view>

namespace lupaus::desk::autoreply {

inline constexpr int kPerAddressAndDayMax = 1;
inline constexpr int kPerConversationMax = 3;

// Automatic mails that there were.
struct Before {
    int to_address_today = 0;  // within the last 24 hours
    int in_conversation = 0;   // ever
};

// The rule that another one would break: once_a_day, conversation_cap. Empty: none.
std::string_view broken_cap(const Before& before);

// Addresses behind which nobody reads: mailer-daemon, no-reply, owner-…, …-bounces.
bool is_machine_address(std::string_view address);

std::string explain(std::string_view rule);  // a rule of this room, for people

}  // namespace lupaus::desk::autoreply
