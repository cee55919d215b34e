// What an agent or a program wants said, as POST /v1/conversations/{id}/messages takes it: a reply or a note, with all
// that goes with it. Pure.
#pragma once

#include "services/desk/letter/answer.hpp"
#include "services/desk/message/files.hpp"
#include "services/inbox/endpoint.hpp"
#include "services/inbox/reply_then.hpp"
#include "services/inbox/word.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::inbox {

struct ReplyDraft {
    std::string text;
    std::optional<std::string> html;
    bool is_note = false;
    bool is_external = false;  // already said in the platform's own app: nothing to deliver
    std::optional<desk::MessageId> after;
    std::optional<desk::MessageId> despite;
    std::optional<desk::AgentId> on_behalf_of;
    std::optional<WordDraft> word;  // that the reply gives
    std::vector<desk::message::File> files;
    std::optional<Then> then;  // what it also does
    std::vector<desk::AgentId> mentions;
    std::optional<int> undo_s;  // how long it is held; nothing: as long as the team says
    desk::letter::GivenRecipients recipients;
};

// Errors: invalid, naming each wrong field; too_large.
Result<ReplyDraft> read_reply(const Call& call);

}  // namespace lupaus::inbox
