// Promises as people see them: read, given, kept, renegotiated, broken, waived, and the one list of what is owed. A
// reply promise ends by its reply; only a given word is ended here. Each handler is one transaction on a database
// thread.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_get_promise(Tx& tx, const Call& call);
Result<Answer> handle_give_word(Tx& tx, const Call& call);
Result<Answer> handle_keep_promise(Tx& tx, const Call& call);
Result<Answer> handle_renegotiate_promise(Tx& tx, const Call& call);
Result<Answer> handle_break_promise(Tx& tx, const Call& call);
Result<Answer> handle_waive_promise(Tx& tx, const Call& call);

Result<Answer> handle_list_owed(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
