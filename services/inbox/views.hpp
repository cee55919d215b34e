// Saved views: kept by agents for themselves, by leads for everybody. Each handler is one transaction on a database
// thread; see endpoint.hpp for what the gate has done before.
#pragma once

#include "services/inbox/endpoint.hpp"

#include <string_view>

namespace lupaus::inbox {

Result<Answer> handle_list_views(Tx& tx, const Call& call);
Result<Answer> handle_get_view(Tx& tx, const Call& call);
Result<Answer> handle_create_view(Tx& tx, const Call& call);
Result<Answer> handle_edit_view(Tx& tx, const Call& call);
Result<Answer> handle_delete_view(Tx& tx, const Call& call);

// The page of conversations where the request has `view_id`.
Result<Answer> list_saved_view(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
