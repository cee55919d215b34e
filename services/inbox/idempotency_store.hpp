// The stored answers of keyed requests. `begin` is the first thing in the request's transaction, `keep` the last; the
// advisory lock between them makes a second request with the same key an answer at once and not a wait.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "common/postgres/tx.hpp"
#include "services/inbox/endpoint.hpp"
#include "services/inbox/idempotency.hpp"

#include <chrono>
#include <optional>

namespace lupaus::inbox {

// An answer: that of the first request. Nothing: act now. Errors: conflict (the first request is still in flight),
// unprocessable (the key was used for another request).
Result<std::optional<Answer>> begin_keyed(Tx& tx, const crypto::SecretBox& box, const KeyedRequest& request);

// Sealed, since an answer may hold what is shown only once. Also notes the transaction's id.
void keep_answer(Tx& tx, const crypto::SecretBox& box, const KeyedRequest& request, const Answer& answer);

// The retention loop's step, as a worker over all accounts; how many went. Fewer than `limit`: that was all.
int delete_old_answers(Tx& tx, std::chrono::milliseconds age, int limit);

}  // namespace lupaus::inbox
