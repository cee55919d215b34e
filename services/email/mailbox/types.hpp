// One mailbox that is read over IMAP: how far it was read, what was read, and how it fares. Plain values.
#pragma once

#include "common/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::email::mailbox {

// Every mail up to this one is stored. It holds for one UIDVALIDITY; under another the numbers mean other mails.
struct Checkpoint {
    std::uint32_t uid_validity = 0;  // 0: never read
    std::uint32_t uid = 0;

    bool operator==(const Checkpoint&) const = default;
};

struct RawMail {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;              // as listed
    std::optional<Timestamp> arrived{};  // INTERNALDATE
    std::string bytes{};
    std::string trouble{};  // why there are no bytes: it is too large, or the server does not hand it out. Quarantine.
};

// A mail that could not be had before and that somebody asks for again.
struct Wanted {
    std::uint32_t uid = 0;
    std::optional<Timestamp> arrived{};  // what has its number and came at another time is another mail
};

struct Batch {
    std::vector<RawMail> mails{};  // oldest first
    Checkpoint checkpoint{};       // once they are stored
};

enum class Disposition : std::uint8_t { leave, mark_seen, move };

enum class State : std::uint8_t { connecting, fetching, waiting, failing };

std::string_view to_string(State state);

struct Health {
    State state = State::connecting;
    std::string reason{};                  // a sentence; empty unless failing, or where mails could not be marked
    std::optional<Timestamp> last_good{};  // when everything that was there had been stored
    std::uint32_t mails = 0;               // in the mailbox, to be held against what is stored

    bool operator==(const Health&) const = default;
};

}  // namespace lupaus::email::mailbox
