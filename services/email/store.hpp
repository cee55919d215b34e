// Which channel a mail is for. Scope: none, the account is not known yet.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <string_view>

namespace lupaus::email {

std::optional<desk::ChannelId> find_mailbox(Tx& tx, std::string_view address);  // tags of it do not matter

}  // namespace lupaus::email
