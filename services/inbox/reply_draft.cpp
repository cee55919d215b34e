#include "services/inbox/reply_draft.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/message/body.hpp"
#include "services/inbox/mentions.hpp"
#include "services/inbox/recipients.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::MessageId;

// Its pictures are files of its own, or from elsewhere.
void read_words(text::JsonReader& reader, ReplyDraft& draft) {
    const text::StringRule body{.max_bytes = limits::kTextBytesMax};
    const text::StringRule beside_files{.max_bytes = limits::kTextBytesMax, .min_bytes = 0, .required = false};
    draft.files = desk::message::read_files(reader, desk::message::FilesOf::agents);
    draft.text = reader.string("text", draft.files.empty() ? body : beside_files);
    auto markup = desk::message::written(reader.optional_string("html", body));
    for (const auto& id : markup.content_ids) {
        if (std::ranges::find(draft.files, id, &desk::message::File::content_id) == draft.files.end()) {
            reader.fail("html", "shows cid:" + id + ", which is no attachment's content_id");
            break;
        }
    }
    draft.html = std::move(markup.html);
}

}  // namespace

Result<ReplyDraft> read_reply(const Call& call) {
    text::JsonReader reader(call.body);
    ReplyDraft draft;
    read_words(reader, draft);
    draft.is_note = reader.optional_one_of("kind", {"message", "note"}).value_or("message") == "note";
    draft.is_external = reader.optional_boolean("external").value_or(false);
    draft.after = reader.optional_id<MessageId>("after");
    draft.despite = reader.optional_id<MessageId>("despite");
    draft.on_behalf_of = reader.optional_id<AgentId>("on_behalf_of");
    if (auto word = reader.optional_object("promise")) {
        draft.word = read_word(*word);
        word->refuse_unknown();
    }
    if (auto then = reader.optional_object("then")) {
        draft.then = read_then(*then);
        if (is_empty(*draft.then) && !reader.error()) {
            reader.fail("then", "names nothing to do");
        }
    }
    if (draft.then && draft.is_note) {
        reader.fail("then", "goes with a message, not with a note");
    }
    if (const auto undo = reader.optional_integer("undo_s", {.min = 0, .max = desk::delivery::kUndoMax.count()})) {
        draft.undo_s = static_cast<int>(*undo);
        if (draft.is_note || draft.is_external) {
            reader.fail("undo_s", "goes with a reply that is delivered");
        }
    }
    draft.recipients = read_recipients(reader);
    if (!draft.recipients.empty() && (draft.is_note || draft.is_external)) {
        reader.fail(first_given(draft.recipients), "goes with a reply that is delivered");
    }
    draft.mentions = read_mentions(reader);
    if (!draft.mentions.empty() && !draft.is_note) {
        reader.fail("mentions", "go with a note, not with a message");
    }
    if (draft.word && draft.is_note) {
        reader.fail("promise", "goes with a message, not with a note");
    }
    if (draft.is_external && draft.is_note) {
        reader.fail("external", "goes with a message, not with a note");
    }
    if (draft.despite && !draft.after) {
        reader.fail("despite", "goes with after, the last message that was read");
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<ReplyDraft>(*std::move(error)) : Result<ReplyDraft>(std::move(draft));
}

}  // namespace lupaus::inbox
