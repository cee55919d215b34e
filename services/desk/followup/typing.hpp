// A customer is typing (proto/typing.schema.json): the streams of the account hear it, nothing is stored.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "common/text/json.hpp"
#include "services/desk/ids.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::followup {

inline constexpr std::string_view kTypingType = "typing";

struct Typing {
    AccountId account{};
    ChannelId channel{};
    std::string sender_id{};  // the contact's address on the channel
};

// Pure. Account and channel are the caller's. Errors: invalid, naming every wrong field.
Result<Typing> parse_typing(const text::Json& body);

// Told with the COMMIT, of the customer's newest conversation on the channel. False: there is none that is not
// resolved.
bool tell_typing(Tx& tx, const Typing& typing);

}  // namespace lupaus::desk::followup
