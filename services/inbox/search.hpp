// Finding what was written, and how much waits where. Each is one read-only transaction as the API's role.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_search(Tx& tx, const Call& call);
Result<Answer> handle_count_views(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
