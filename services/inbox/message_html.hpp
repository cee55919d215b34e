// A message's markup with the pictures from elsewhere that its sender put into it: only for an agent who asks for them,
// since fetching one tells its server who looks, and when.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_get_message_html(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
