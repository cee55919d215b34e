// Canned replies: set up by leads, and rendered for one conversation, to be looked over and sent as any reply. Each
// handler is one transaction on a database thread; see endpoint.hpp for what the gate has done before.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_canned(Tx& tx, const Call& call);
Result<Answer> handle_get_canned(Tx& tx, const Call& call);
Result<Answer> handle_create_canned(Tx& tx, const Call& call);
Result<Answer> handle_edit_canned(Tx& tx, const Call& call);
Result<Answer> handle_delete_canned(Tx& tx, const Call& call);
Result<Answer> handle_render_canned(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
