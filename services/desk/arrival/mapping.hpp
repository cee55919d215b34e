// What the desk makes of a mail that arrives, whichever way: the one place where a mail becomes an Inbound. It never
// fails: what cannot be read becomes a message that says why, which the router moves to quarantine with its bytes in
// place. Pure but for what `keep` does, linear, any thread.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "common/mail/mail.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/inbound/webhook_body.hpp"

#include <optional>
#include <string_view>

namespace lupaus::desk::arrival {

// The channel that it came to.
struct Place {
    AccountId account{};
    ChannelId channel{};
    const channel::Email& email;
    Timestamp live_since{};
    const crypto::SecretBox& box;  // knows the desk's own reply addresses
};

struct Mapped {
    inbound::Parsed parsed{};  // `raw` is the caller's; only attachments that were kept have their hash yet
    std::optional<lupaus::mail::Report> report{};
};

// `received_at`: when the channel's server had it (IMAP's INTERNALDATE), which the Date header never decides.
// `keep` puts large files into the blob store; they have no bytes among `files`.
Mapped map_mail(std::string_view bytes, Timestamp received_at, const Place& place,
                const lupaus::mail::KeepPart& keep = {});

}  // namespace lupaus::desk::arrival
