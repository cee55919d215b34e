// Attributes: what an administrator has a desk know of each conversation and customer besides what every desk knows.
// Each handler is one transaction on a database thread; see endpoint.hpp for what the gate has done before.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_attributes(Tx& tx, const Call& call);
Result<Answer> handle_get_attribute(Tx& tx, const Call& call);
Result<Answer> handle_create_attribute(Tx& tx, const Call& call);
Result<Answer> handle_edit_attribute(Tx& tx, const Call& call);
Result<Answer> handle_delete_attribute(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
