// The history of a conversation: who did what and when. Plain functions on a database thread.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_timeline(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
