#include "services/inbox/mentions.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/mention/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"

#include <algorithm>
#include <map>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::MessageId;
using desk::mention::Mention;
using desk::mention::Named;
using desk::message::Message;

constexpr std::string_view kNewestFirst = "mentions.newest";

// In the order of the note's mentions. Errors: invalid.
Result<std::vector<Named>> find_named(Tx& tx, const Message& note) {
    std::map<AgentId, Named> known;
    for (auto& agent : desk::mention::find_agents(tx, note.account, note.mentions)) {
        const auto id = agent.id;
        known.emplace(id, std::move(agent));
    }
    std::vector<Named> named;
    for (std::size_t i = 0; i < note.mentions.size(); ++i) {
        const auto found = known.find(note.mentions[i]);
        if (found == known.end() || found->second.is_disabled) {
            return invalid_field("/mentions/" + std::to_string(i),
                                 found == known.end() ? "names no agent" : "names an agent who is disabled");
        }
        named.push_back(found->second);
    }
    return named;
}

std::string agent_member(const Named& agent) {
    std::string member = R"("agent":)";
    text::JsonWriter(member).begin_object().field("id", agent.id).field("name", agent.name).end_object();
    return member;
}

Result<bool> read_unread_only(const Call& call) {
    const auto text = call.request.query_value("unread");
    if (text && *text != "true" && *text != "false") {
        return invalid_field("unread", "must be true or false");
    }
    return text && *text == "true";
}

void write_mention(text::JsonWriter& json, const Mention& mention) {
    std::string note;
    desk::message::append_json(note, mention.note);
    json.begin_object().field("conversation_id", mention.note.conversation).field("unread", mention.is_unread);
    json.raw_field("message", note).end_object();
}

}  // namespace

std::vector<AgentId> read_mentions(text::JsonReader& reader) {
    std::vector<AgentId> mentions;
    for (const auto& id : reader.uuid_list("mentions", {.max_items = desk::mention::kMentionsMax})) {
        mentions.push_back(AgentId{id});
    }
    auto sorted = mentions;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        reader.fail("mentions", "must not name an agent twice");
    }
    return mentions;
}

Result<Answer> post_note(Tx& tx, ConversationChange& change, Message note) {
    const auto named = find_named(tx, note);
    if (!named) {
        return named.error();
    }
    desk::message::insert(tx, std::span(&note, 1));
    if (!named->empty()) {
        desk::mention::insert(tx, note);
    }
    change.tell("message.created", {}, note.id);
    for (const auto& agent : *named) {
        change.tell("agent.mentioned", agent_member(agent), note.id);
    }
    change.finish_log_only();
    return created_message(note);
}

Result<Answer> handle_list_mentions(Tx& tx, const Call& call) {
    if (call.principal.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent, so nothing is its own."};
    }
    const auto unread_only = read_unread_only(call);
    if (!unread_only) {
        return unread_only.error();
    }
    const auto page = read_page(call.request, kNewestFirst, {"unread"});
    if (!page) {
        return page.error();
    }
    desk::mention::Page wanted{.account = call.principal.account,
                               .agent = call.principal.agent,
                               .unread_only = *unread_only,
                               .before = {},
                               .before_id = {},
                               .limit = page->limit + 1};
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        wanted.before = *at;
        wanted.before_id = MessageId{page->after->id};
    }
    const auto place = [](const Mention& mention) { return time_cursor(mention.said_at, mention.note.id.value); };
    return Answer{.status = 200,
                  .body = write_page(kNewestFirst, *page, desk::mention::list(tx, wanted), write_mention, place)};
}

}  // namespace lupaus::inbox
