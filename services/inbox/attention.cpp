#include "services/inbox/attention.hpp"

#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/attention/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/mention/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <unordered_map>

namespace lupaus::inbox {

namespace {

using desk::ConversationId;
using desk::MessageId;
using desk::attention::Draft;
using desk::attention::Glance;
using desk::attention::Key;

constexpr std::string_view kByConversation = "drafts.conversation";

// Errors: forbidden, for who is no agent; not_found.
Result<Key> own_key(const Call& call) {
    if (call.principal.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent, so nothing is its own."};
    }
    const auto id = path_id<ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    return Key{.account = call.principal.account, .agent = call.principal.agent, .conversation = *id};
}

void write_draft(text::JsonWriter& json, const Draft& draft) {
    json.begin_object().field("conversation_id", draft.conversation).field("text", draft.text);
    json.field("html", draft.html).field("updated_at", draft.updated_at).end_object();
}

Answer shown(const Draft& draft) {
    Answer answer;
    text::JsonWriter json(answer.body);
    write_draft(json, draft);
    return answer;
}

bool is_unread(const Conversation& conversation, const Glance* glance) {
    return glance == nullptr || !glance->read_to || *glance->read_to < conversation.last_message_at;
}

std::unordered_map<ConversationId, Glance> glances_of(Tx& tx, const Call& call,
                                                      const std::vector<Conversation>& conversations) {
    std::unordered_map<ConversationId, Glance> glances;
    if (call.principal.agent.is_nil()) {
        return glances;
    }
    std::vector<ConversationId> ids;
    for (const auto& conversation : conversations) {
        ids.push_back(conversation.id);
    }
    const Key whose{.account = call.principal.account, .agent = call.principal.agent, .conversation = {}};
    for (const auto& glance : desk::attention::glance(tx, whose, ids)) {
        glances.emplace(glance.conversation, glance);
    }
    return glances;
}

std::string with_own(std::string json, const Conversation& conversation, const Glance* glance) {
    json.back() = ',';
    json += std::string(R"("unread":)") + (is_unread(conversation, glance) ? "true" : "false");
    json += std::string(R"(,"has_draft":)") + (glance != nullptr && glance->has_draft ? "true" : "false") + "}";
    return json;
}

}  // namespace

std::vector<OwnView> own_views(Tx& tx, const Call& call, std::vector<Conversation> conversations) {
    const auto glances = glances_of(tx, call, conversations);
    std::vector<OwnView> views;
    for (auto& conversation : conversations) {
        auto json = desk::conversation::to_json(conversation);
        const auto found = glances.find(conversation.id);
        if (!call.principal.agent.is_nil()) {
            json = with_own(std::move(json), conversation, found == glances.end() ? nullptr : &found->second);
        }
        views.push_back({.conversation = std::move(conversation), .json = std::move(json)});
    }
    return views;
}

Result<Answer> handle_list_drafts(Tx& tx, const Call& call) {
    if (call.principal.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent, so nothing is its own."};
    }
    const auto page = read_page(call.request, kByConversation);
    if (!page) {
        return page.error();
    }
    const Key after{.account = call.principal.account,
                    .agent = call.principal.agent,
                    .conversation = page->after ? ConversationId{page->after->id} : ConversationId{}};
    const auto rows = desk::attention::list_drafts(tx, after, page->limit + 1);
    const auto place = [](const Draft& draft) { return Cursor{.key = {}, .id = draft.conversation.value}; };
    return Answer{.status = 200, .body = write_page(kByConversation, *page, rows, write_draft, place)};
}

Result<Answer> handle_get_draft(Tx& tx, const Call& call) {
    const auto key = own_key(call);
    if (!key) {
        return key.error();
    }
    const auto draft = desk::attention::find_draft(tx, *key);
    return draft ? Result<Answer>(shown(*draft)) : Result<Answer>(not_found("draft"));
}

// Whoever writes has begun the work, so that it is not taken from them while they only look away.
Result<Answer> handle_put_draft(Tx& tx, const Call& call) {
    const auto key = own_key(call);
    if (!key) {
        return key.error();
    }
    text::JsonReader reader(call.body);
    const text::StringRule body{.max_bytes = limits::kTextBytesMax};
    const Draft draft{.conversation = key->conversation,
                      .text = reader.string("text", body),
                      .html = reader.optional_string("html", body)};
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto locked = desk::conversation::lock_one(tx, {key->account, key->conversation});
    if (!locked) {
        return locked.error();
    }
    if (!locked->merged_into.is_nil()) {
        return merged_away(*locked);
    }
    desk::conversation::note_begun(tx, {key->account, key->conversation});
    const auto stored = desk::attention::put_draft(tx, *key, draft);
    return stored ? Result<Answer>(shown(*stored)) : Result<Answer>(stored.error());
}

Result<Answer> handle_delete_draft(Tx& tx, const Call& call) {
    const auto key = own_key(call);
    if (!key) {
        return key.error();
    }
    if (!desk::attention::find_draft(tx, *key)) {
        return not_found("draft");
    }
    desk::attention::remove_draft(tx, *key);
    return nothing_left();
}

Result<Answer> handle_mark_read(Tx& tx, const Call& call) {
    const auto key = own_key(call);
    if (!key) {
        return key.error();
    }
    const auto conversation = desk::conversation::find(tx, {key->account, key->conversation});
    if (!conversation) {
        return conversation.error();
    }
    text::JsonReader reader(call.body);
    const auto id = reader.id<MessageId>("message_id");
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (!conversation->merged_into.is_nil()) {
        return merged_away(*conversation);
    }
    const auto message = desk::message::find(tx, key->account, id);
    if (!message || message->conversation != key->conversation) {
        return invalid_field("/message_id", "names no message of this conversation");
    }
    desk::attention::mark_read(tx, *key, message->ordered_at);
    desk::mention::follow_marker(tx, *key);
    return found(std::move(own_views(tx, call, {*conversation}).front().json), conversation->version);
}

}  // namespace lupaus::inbox
