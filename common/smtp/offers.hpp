// What a relay's answer to EHLO says that it can. Pure, any thread.
// Source: RFC 5321, section 4.1.1.1; RFC 1870 (SIZE), 3207 (STARTTLS), 4954 (AUTH), 6152 (8BITMIME), 6531 (SMTPUTF8).
#pragma once

#include "common/smtp/reply.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lupaus::smtp {

struct Offers {
    bool has_starttls = false;
    bool has_8bit = false;
    bool has_size = false;
    bool has_utf8 = false;              // SMTPUTF8
    std::uint64_t size_max = 0;         // of a mail; 0: unlimited or not said
    std::vector<std::string> logins{};  // in upper case
};

Offers read_offers(const Reply& hello);

}  // namespace lupaus::smtp
