// Integrators' webhooks: set up, tried out, looked at and told again. The courier sends; nothing here leaves the desk.
// Each handler is one transaction on a database thread.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_webhooks(Tx& tx, const Call& call);
Result<Answer> handle_get_webhook(Tx& tx, const Call& call);
Result<Answer> handle_create_webhook(Tx& tx, const Call& call);
Result<Answer> handle_edit_webhook(Tx& tx, const Call& call);
Result<Answer> handle_delete_webhook(Tx& tx, const Call& call);
Result<Answer> handle_rotate_webhook(Tx& tx, const Call& call);
Result<Answer> handle_finish_webhook_rotation(Tx& tx, const Call& call);

Result<Answer> handle_test_webhook(Tx& tx, const Call& call);
Result<Answer> handle_replay_webhook(Tx& tx, const Call& call);
Result<Answer> handle_list_webhook_deliveries(Tx& tx, const Call& call);
Result<Answer> handle_get_webhook_delivery(Tx& tx, const Call& call);
Result<Answer> handle_replay_webhook_delivery(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
