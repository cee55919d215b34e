#include "services/inbox/canned.hpp"

#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/canned/json.hpp"
#include "services/desk/canned/rules.hpp"
#include "services/desk/canned/store.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::TeamId;
using desk::canned::Canned;
using desk::canned::CannedId;
using desk::conversation::Conversation;

constexpr std::string_view kByShortcut = "canned.shortcut";

void read_team_change(Tx& tx, text::JsonReader& reader, Canned& canned) {
    const bool is_given = reader.has("team_id");
    const auto team = reader.optional_id<TeamId>("team_id");
    if (team && !desk::agent::find_team(tx, canned.account, *team)) {
        reader.fail("team_id", "names no team");
    }
    canned.team = is_given ? team.value_or(TeamId{}) : canned.team;
}

// Everything that a canned reply says, over what it said before; null is a value for the team alone.
Result<void> read_changes(Tx& tx, const Call& call, Canned& canned, bool is_new) {
    text::JsonReader reader(call.body);
    const text::StringRule shortcut{.max_bytes = desk::canned::kShortcutBytesMax};
    const text::StringRule text{.max_bytes = desk::canned::kTextBytesMax};
    if (is_new) {
        canned.shortcut = reader.string("shortcut", shortcut);
        canned.text = reader.string("text", text);
    } else {
        canned.shortcut = reader.optional_string("shortcut", shortcut).value_or(canned.shortcut);
        canned.text = reader.optional_string("text", text).value_or(canned.text);
    }
    read_team_change(tx, reader, canned);
    reader.refuse_unknown();
    if (!reader.error() && !desk::canned::is_shortcut(canned.shortcut)) {
        reader.fail("shortcut", "must be of small letters, digits, - and _");
    }
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return desk::canned::check_text(canned.text);
}

void tell(Tx& tx, const Call& call, std::string_view type, const Canned& canned) {
    const auto json = desk::canned::to_json(canned);
    append_changes(
        tx, call,
        {desk::event::describe(canned.account, call.actor(), {.type = type, .member = "canned", .json = json})});
}

Result<Canned> find_named(Tx& tx, const Call& call, std::string_view parameter) {
    const auto id = path_id<CannedId>(call, "canned reply", parameter);
    auto canned = id ? desk::canned::find(tx, call.principal.account, *id) : std::nullopt;
    return canned ? Result<Canned>(*std::move(canned)) : Result<Canned>(not_found("canned reply"));
}

Result<Canned> lock_named(Tx& tx, const Call& call) {
    const auto id = path_id<CannedId>(call, "canned reply");
    auto canned = id ? desk::canned::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!canned) {
        return not_found("canned reply");
    }
    auto match = check_if_match(call.request, canned->version);
    return match ? Result<Canned>(*std::move(canned)) : Result<Canned>(match.error());
}

desk::canned::Values values_of(Tx& tx, const Call& call, const Conversation& conversation) {
    const auto team =
        conversation.team.is_nil() ? std::nullopt : desk::agent::find_team(tx, conversation.account, conversation.team);
    const auto channel = desk::channel::find(tx, conversation.account, conversation.channel);
    return {.contact_name = conversation.contact_name,
            .agent_name = call.principal.agent_name,
            .team_name = team ? team->name : "",
            .channel_name = channel ? channel->name : "",
            .subject = conversation.subject,
            .number = std::to_string(conversation.number)};
}

}  // namespace

Result<Answer> handle_list_canned(Tx& tx, const Call& call) {
    const auto team = read_team(call.request);
    if (!team) {
        return team.error();
    }
    const auto page = read_page(call.request, kByShortcut, {"team_id"});
    if (!page) {
        return page.error();
    }
    const auto rows = desk::canned::list(tx, {.account = call.principal.account,
                                              .team = *team,
                                              .after = page->after ? page->after->key : "",
                                              .limit = page->limit + 1});
    const auto place = [](const Canned& canned) { return Cursor{.key = canned.shortcut, .id = canned.id.value}; };
    return Answer{.status = 200, .body = write_page(kByShortcut, *page, rows, desk::canned::write, place)};
}

Result<Answer> handle_get_canned(Tx& tx, const Call& call) {
    const auto canned = find_named(tx, call, "id");
    return canned ? Result<Answer>(found(desk::canned::to_json(*canned), canned->version)) : canned.error();
}

Result<Answer> handle_create_canned(Tx& tx, const Call& call) {
    Canned canned;
    canned.account = call.principal.account;
    canned.id = CannedId::make();
    if (auto read = read_changes(tx, call, canned, true); !read) {
        return read.error();
    }
    if (auto stored = desk::canned::insert(tx, canned); !stored) {
        return stored.error();
    }
    tell(tx, call, "canned.created", canned);
    return created(desk::canned::to_json(canned), canned.version);
}

Result<Answer> handle_edit_canned(Tx& tx, const Call& call) {
    auto canned = lock_named(tx, call);
    if (!canned) {
        return canned.error();
    }
    if (auto read = read_changes(tx, call, *canned, false); !read) {
        return read.error();
    }
    if (auto stored = desk::canned::update(tx, *canned); !stored) {
        return stored.error();
    }
    ++canned->version;
    tell(tx, call, "canned.updated", *canned);
    return found(desk::canned::to_json(*canned), canned->version);
}

Result<Answer> handle_delete_canned(Tx& tx, const Call& call) {
    const auto canned = lock_named(tx, call);
    if (!canned) {
        return canned.error();
    }
    desk::canned::remove(tx, canned->account, canned->id);
    tell(tx, call, "canned.deleted", *canned);
    return nothing_left();
}

Result<Answer> handle_render_canned(Tx& tx, const Call& call) {
    const auto id = path_id<desk::ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    const auto conversation = desk::conversation::find(tx, {.account = call.principal.account, .id = *id});
    if (!conversation) {
        return conversation.error();
    }
    const auto canned = find_named(tx, call, "canned_id");
    if (!canned) {
        return canned.error();
    }
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object().field("id", canned->id).field("shortcut", canned->shortcut);
    json.field("text", desk::canned::render(canned->text, values_of(tx, call, *conversation))).end_object();
    return answer;
}

}  // namespace lupaus::inbox
