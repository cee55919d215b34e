// What an IMAP server says, as plain values: of the many kinds of responses those that reading a mailbox takes;
// whatever else is well-formed is `Unknown`. Source: RFC 3501, section 7; RFC 9051.
#pragma once

#include "common/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lupaus::imap {

enum class Condition : std::uint8_t { ok, no, bad, preauth, bye };

// `* OK [UIDVALIDITY 17] Fine`, or with a tag instead of the star.
struct Status {
    std::string tag{};  // "" none
    Condition condition = Condition::ok;
    std::string code{};        // upper case; "" none
    std::string code_value{};  // what stands behind the code
    std::string text{};        // for people
};

struct Continuation {  // + go on
    std::string text{};
};

struct Capabilities {
    std::vector<std::string> names{};  // upper case
};

struct Exists {  // so many mails are in the folder
    std::uint32_t count = 0;
};

struct Expunged {
    std::uint32_t sequence = 0;
};

struct Fetched {
    std::uint32_t sequence = 0;
    std::uint32_t uid = 0;  // 0: not told
    std::optional<std::uint64_t> size{};
    std::optional<Timestamp> arrived{};  // INTERNALDATE
    std::optional<std::string> body{};   // BODY[]; nothing also where the server says NIL
};

struct Found {  // what was searched for
    bool is_any = false;
};

struct Unknown {
    std::string name{};
};

using Response = std::variant<Status, Continuation, Capabilities, Exists, Expunged, Fetched, Found, Unknown>;

}  // namespace lupaus::imap
