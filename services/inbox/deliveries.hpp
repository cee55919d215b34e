// The handlers of replies on their way: a channel's outbox for integrators that fetch, and what became of a delivery
// for everybody. Each runs in one transaction on a database thread; see endpoint.hpp for what the gate has done before.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_outbox(Tx& tx, const Call& call);           // GET /v1/channels/{id}/outbox
Result<Answer> handle_acknowledge_delivery(Tx& tx, const Call& call);  // POST …/outbox/{delivery_id}/acknowledge
Result<Answer> handle_get_delivery(Tx& tx, const Call& call);          // GET /v1/deliveries/{id}
Result<Answer> handle_retry_delivery(Tx& tx, const Call& call);        // POST /v1/deliveries/{id}/retry

}  // namespace lupaus::inbox
