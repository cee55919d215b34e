// What was said in a conversation, and saying something: a reply, a note, or an integrator's automatic message. Each
// handler is one transaction on a database thread. A reply changes no state: what was resolved, snoozed or pending
// stays so, and an agent who wants it back reopens it.
#pragma once

#include "services/desk/message/types.hpp"
#include "services/inbox/endpoint.hpp"

#include <string>

namespace lupaus::inbox {

// With further members of the answer, where there are any.
Answer created_message(const desk::message::Message& message, const std::string& members = {});

Result<Answer> handle_list_messages(Tx& tx, const Call& call);
Result<Answer> handle_post_message(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
