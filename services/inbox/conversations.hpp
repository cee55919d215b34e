// The shared inbox: lists of conversations, one conversation, and what an agent does to one. Each handler is one
// transaction on a database thread; see endpoint.hpp for what the gate has done before, and conversation_change.hpp for
// the order of locks. Asking for the state that a conversation has already changes nothing and is no error.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_conversations(Tx& tx, const Call& call);
Result<Answer> handle_get_conversation(Tx& tx, const Call& call);
Result<Answer> handle_edit_conversation(Tx& tx, const Call& call);

// One action on many.
Result<Answer> handle_bulk(Tx& tx, const Call& call);

// Who has it.
Result<Answer> handle_claim(Tx& tx, const Call& call);
Result<Answer> handle_assign(Tx& tx, const Call& call);
Result<Answer> handle_transfer(Tx& tx, const Call& call);

// All of it becomes part of another one; one message of it becomes one of its own.
Result<Answer> handle_merge_conversation(Tx& tx, const Call& call);
Result<Answer> handle_split_conversation(Tx& tx, const Call& call);

// Whether it is work now. Only resolving touches a wait, by saying that no answer is needed.
Result<Answer> handle_snooze(Tx& tx, const Call& call);
Result<Answer> handle_pending(Tx& tx, const Call& call);
Result<Answer> handle_resolve(Tx& tx, const Call& call);
Result<Answer> handle_reopen(Tx& tx, const Call& call);

// How a wait ends without a reply.
Result<Answer> handle_answered(Tx& tx, const Call& call);
Result<Answer> handle_waive(Tx& tx, const Call& call);

// What of the customer is no person's words to the desk.
Result<Answer> handle_mark_spam(Tx& tx, const Call& call);
Result<Answer> handle_mark_not_spam(Tx& tx, const Call& call);
Result<Answer> handle_treat_as_person(Tx& tx, const Call& call);

Result<Answer> handle_handoff(Tx& tx, const Call& call);  // from a bot to the desk

}  // namespace lupaus::inbox
