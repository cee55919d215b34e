// What is no person's words to the desk, over all conversations: the newest first, and how much of it a day brings.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_verdicts(Tx& tx, const Call& call);
Result<Answer> handle_count_verdict_days(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
