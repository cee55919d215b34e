// Whose a forwarded mail is, for channels that attribute it to its original sender. The words of a forwarded mail are
// its forwarder's and may be invented, so only the channel's own addresses are believed, and where the channel trusts a
// host, only with its word for it. Pure, linear, any thread.
// Sources: how mail programs forward: as message/rfc822 (RFC 2046), or inline below a line such as
// "---------- Forwarded message ---------", of which no standard speaks.
#pragma once

#include "common/mail/mail.hpp"
#include "services/desk/channel/types.hpp"

#include <optional>

namespace lupaus::desk::letter {

// Empty: the mail is its sender's.
std::optional<lupaus::mail::Address> find_original_sender(const lupaus::mail::Mail& mail,
                                                          const channel::Email& channel);

}  // namespace lupaus::desk::letter
