// The address that a conversation is answered at: that of its channel with a tag that names the conversation,
// support+r.1042.9f86d081884c7d65@shop.example. The tag ends with a MAC under a key derived from the desk's own, so
// that nobody gets into a conversation by counting. It survives lower and upper case, as mail servers do with local
// parts. Pure, any thread. Sources: RFC 5233 (the "+" of sub-addresses), RFC 5321 4.5.3.1.1 (64 bytes of local part).
#pragma once

#include "common/crypto/secretbox.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::desk::letter {

struct Numbered {
    AccountId account;
    std::int64_t number = 0;  // of a conversation
};

// The channel's plain address where a tag would make its local part too long.
std::string make_reply_address(const crypto::SecretBox& box, const Numbered& conversation, std::string_view address);

// The number of the conversation that the first genuine tag of the account names; 0: there is none.
std::int64_t find_answered(const crypto::SecretBox& box, AccountId account, std::span<const std::string> addresses);

// Without its tag, if it has one that looks like ours; whoever wrote it.
std::string without_tag(std::string_view address);

}  // namespace lupaus::desk::letter
