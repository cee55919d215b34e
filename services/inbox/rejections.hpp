// What became of what a channel sent: one message's fate, bodies that were refused, messages that could not be routed.
// Integrators and leads look here before they ask whether something was lost. See endpoint.hpp for what the gate has
// done.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_find_inbound(Tx& tx, const Call& call);     // GET /v1/channels/{id}/inbound/{external_id}
Result<Answer> handle_list_rejections(Tx& tx, const Call& call);  // GET /v1/channels/{id}/rejections
Result<Answer> handle_replay_rejection(Tx& tx,
                                       const Call& call);  // POST /v1/channels/{id}/rejections/{rejection_id}/replay
Result<Answer> handle_list_quarantine(Tx& tx, const Call& call);    // GET /v1/quarantine
Result<Answer> handle_retry_quarantined(Tx& tx, const Call& call);  // POST /v1/quarantine/{id}/retry

}  // namespace lupaus::inbox
