// What becomes of a quarantined message when it is tried again: a mail that nobody could read is read anew from its
// bytes, since the program may be a better one by now; everything else goes as it is. Blocking (disk): on a database
// thread. Scope: the account. Errors: conflict, for a mail that cannot be read as before.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/inbound/types.hpp"
#include "services/desk/inbound/webhook_body.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::arrival {

// What it is read as, with files that are not stored; nothing where it goes as it is or cannot be read.
std::optional<inbound::Parsed> read_again(Tx& tx, const Context& context, const inbound::Quarantined& held);

Result<std::string> reread(Tx& tx, const Context& context, const inbound::Quarantined& held);  // the payload

}  // namespace lupaus::desk::arrival
