// Mails that are known to lie in a mailbox and could not be had from there: each waits in quarantine without its bytes,
// under the number that it has in the mailbox, until somebody asks for it again. Plain values.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lupaus::desk::unfetched {

// What the numbers of a channel's mails belong to: its server, user and folder, and the UIDVALIDITY there.
struct Numbering {
    AccountId account{};
    ChannelId channel{};
    std::string source{};
    std::uint32_t uid_validity = 0;
};

// All that is known of such a mail.
struct Mail {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    std::optional<Timestamp> arrived{};  // INTERNALDATE
};

struct Entry {
    MessageId id{};  // in quarantine
    Mail mail{};
};

struct Asked {
    Entry entry{};
    bool is_current = false;  // its number is one of the numbering that was asked about
};

}  // namespace lupaus::desk::unfetched
