// Taking a reply back while it is held, before it has left. A plain function on a database thread.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_undo_message(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
