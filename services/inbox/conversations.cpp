#include "services/inbox/conversations.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/list.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/inbox/attention.hpp"
#include "services/inbox/attribute_values.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/priority.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"
#include "services/inbox/views.hpp"

#include <algorithm>
#include <array>

namespace lupaus::inbox {

namespace {

using desk::ConversationId;
using desk::TeamId;
using desk::conversation::ListPage;
using desk::conversation::Place;
using desk::conversation::Priority;
using desk::conversation::Sort;
using desk::conversation::State;
using desk::conversation::View;
using text::Choice;

constexpr std::size_t kSubjectBytesMax = limits::kNameBytesMax;
constexpr std::string_view kByExternalRef = "conversations.external_ref";

constexpr std::array kViews{
    Choice<View>{"mine", View::mine},
    Choice<View>{"unassigned", View::unassigned},
    Choice<View>{"unanswered", View::unanswered},
    Choice<View>{"overdue", View::overdue},
    Choice<View>{"spam", View::spam},
    Choice<View>{"all", View::all},
};
constexpr std::array kSorts{Choice<Sort>{"due", Sort::due}, Choice<Sort>{"waiting", Sort::waiting},
                            Choice<Sort>{"newest", Sort::newest}};
constexpr std::array kStates{Choice<State>{"open", State::open}, Choice<State>{"pending", State::pending},
                             Choice<State>{"snoozed", State::snoozed}, Choice<State>{"resolved", State::resolved}};

// Query parameters that are words. The first one that means nothing is remembered.
class WordReader {
public:
    explicit WordReader(const net::Request& request) : request_(request) {}

    template <class Enum, std::size_t count>
    std::optional<Enum> read(std::string_view name, const std::array<Choice<Enum>, count>& choices) {
        const auto text = request_.query_value(name);
        if (!text) {
            return std::nullopt;
        }
        std::string words;
        for (const auto& choice : choices) {
            if (choice.word == *text) {
                return choice.value;
            }
            words += (words.empty() ? "" : ", ") + std::string(choice.word);
        }
        error_ = error_ ? error_ : invalid_field(std::string(name), "must be one of " + words);
        return std::nullopt;
    }

    const std::optional<Error>& error() const { return error_; }

private:
    const net::Request& request_;
    std::optional<Error> error_;
};

Sort usual_sort(View view) {
    return view == View::mine || view == View::spam || view == View::all ? Sort::newest : Sort::due;
}

std::string_view list_name(Sort sort) {
    switch (sort) {
        case Sort::due:
            return "conversations.due";
        case Sort::waiting:
            return "conversations.waiting";
        case Sort::newest:
            break;
    }
    return "conversations.newest";
}

// A state that the view leaves out is a question that was not meant.
Result<void> check_view(const Call& call, const ListPage& page) {
    if (page.view == View::mine && page.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent, so nothing is its own."};
    }
    if (page.view == View::spam && page.sort != Sort::newest) {
        return invalid_field("sort", "must be newest in the view spam");
    }
    const bool is_left_out = page.state && ((page.view == View::mine && *page.state == State::resolved) ||
                                            (page.view == View::unassigned && *page.state != State::open));
    if (is_left_out) {
        return invalid_field("state", "leaves nothing of the view " + std::string(*call.request.query_value("view")));
    }
    return {};
}

Result<ListPage> read_filters(const Call& call) {
    WordReader words(call.request);
    ListPage page;
    page.account = call.principal.account;
    page.agent = call.principal.agent;
    page.view = words.read<View>("view", kViews).value_or(View::all);
    page.sort = words.read<Sort>("sort", kSorts).value_or(usual_sort(page.view));
    page.state = words.read<State>("state", kStates);
    if (words.error()) {
        return *words.error();
    }
    const auto team = read_team(call.request);
    if (!team) {
        return team.error();
    }
    page.team = *team;
    auto check = check_view(call, page);
    return check ? Result<ListPage>(page) : Result<ListPage>(check.error());
}

void write_own_view(text::JsonWriter& json, const OwnView& view) {
    json.raw(view.json);
}

void read_external_ref(text::JsonReader& reader, Conversation& conversation) {
    const bool given = reader.has("external_ref");
    auto ref = reader.optional_string("external_ref", {.max_bytes = limits::kExternalIdBytesMax});
    if (given) {
        conversation.external_ref = std::move(ref);
    }
}

// An account has each reference once; the answer names the conversation that has it. Errors: conflict.
Result<void> take_ref(Tx& tx, const Conversation& conversation) {
    Error error{.code = Errc::conflict, .detail = "Another conversation has this external_ref. Nothing was changed."};
    const auto& ref = conversation.external_ref;
    const auto holder = ref ? desk::conversation::find_by_external_ref(tx, conversation.account, *ref) : std::nullopt;
    if (holder) {
        text::JsonWriter(error.extension).begin_object().field("conversation_id", holder->id).end_object();
        return error;
    }
    const bool is_taken = desk::conversation::set_external_ref(tx, {conversation.account, conversation.id}, ref);
    return is_taken ? Result<void>() : Result<void>(error);
}

// The subject of a mail is a line.
void read_subject(text::JsonReader& reader, Conversation& conversation) {
    const text::StringRule subject{.max_bytes = kSubjectBytesMax, .min_bytes = 0};
    conversation.subject = reader.optional_string("subject", subject).value_or(conversation.subject);
    if (reader.has("subject") && conversation.subject.find_first_of("\r\n") != std::string::npos) {
        reader.fail("subject", "must not contain a line break");
    }
}

// What a PATCH may change. null is a value for the team and the reference alone.
void read_edit(Tx& tx, text::JsonReader& reader, Conversation& conversation) {
    for (const auto* name : {"subject", "priority", "tags"}) {
        if (reader.is_null(name)) {
            reader.fail(name, "must not be null");
        }
    }
    read_subject(reader, conversation);
    conversation.priority = reader.optional_one_of<Priority>("priority", kPriorities).value_or(conversation.priority);
    if (auto tags = reader.optional_string_list("tags")) {
        auto sorted = *tags;
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) != sorted.end()) {
            reader.fail("tags", "must not name a tag twice");
        }
        conversation.tags = *std::move(tags);
    }
    read_external_ref(reader, conversation);
    const bool names_team = reader.has("team_id");
    const auto team = reader.optional_id<TeamId>("team_id");
    if (team && !desk::agent::find_team(tx, conversation.account, *team)) {
        reader.fail("team_id", "names no team");
    }
    conversation.team = names_team ? team.value_or(TeamId{}) : conversation.team;
}

bool is_same(const Conversation& a, const Conversation& b) {
    return a.subject == b.subject && a.priority == b.priority && a.tags == b.tags && a.team == b.team &&
           a.attributes == b.attributes && a.external_ref == b.external_ref;
}

// The one that an integrator knows by a reference, or none: whatever its state, so beside no other filter.
Result<Answer> find_by_ref(Tx& tx, const Call& call, std::string_view ref) {
    const auto page = read_page(call.request, kByExternalRef, {"external_ref"});
    if (!page) {
        return page.error();
    }
    if (ref.empty() || ref.size() > limits::kExternalIdBytesMax) {
        return invalid_field("external_ref",
                             "must have 1 to " + std::to_string(limits::kExternalIdBytesMax) + " bytes");
    }
    const auto found = desk::conversation::find_by_external_ref(tx, call.principal.account, std::string(ref));
    const auto rows = found ? own_views(tx, call, {*found}) : std::vector<OwnView>{};
    const auto place = [](const OwnView& view) { return Cursor{.key = {}, .id = view.conversation.id.value}; };
    return Answer{.status = 200, .body = write_page(kByExternalRef, *page, rows, write_own_view, place)};
}

}  // namespace

Result<Answer> handle_list_conversations(Tx& tx, const Call& call) {
    if (const auto ref = call.request.query_value("external_ref")) {
        return find_by_ref(tx, call, *ref);
    }
    if (call.request.query_value("view_id")) {
        return list_saved_view(tx, call);
    }
    auto wanted = read_filters(call);
    if (!wanted) {
        return wanted.error();
    }
    const auto name = list_name(wanted->sort);
    const auto page = read_page(call.request, name, {"view", "sort", "state", "team_id"});
    if (!page) {
        return page.error();
    }
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        wanted->after = Place{.at = *at, .id = ConversationId{page->after->id}};
    }
    wanted->limit = page->limit + 1;
    const auto rows = own_views(tx, call, desk::conversation::list(tx, *wanted));
    const auto place = [sort = wanted->sort](const OwnView& view) {
        const auto end = desk::conversation::place_of(view.conversation, sort);
        return time_cursor(end.at, end.id.value);
    };
    return Answer{.status = 200, .body = write_page(name, *page, rows, write_own_view, place)};
}

Result<Answer> handle_get_conversation(Tx& tx, const Call& call) {
    const auto id = path_id<ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    const auto conversation = desk::conversation::find(tx, {.account = call.principal.account, .id = *id});
    if (!conversation) {
        return conversation.error();
    }
    return found(std::move(own_views(tx, call, {*conversation}).front().json), conversation->version);
}

Result<Answer> handle_edit_conversation(Tx& tx, const Call& call) {
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    if (auto match = check_if_match(call.request, change->before().version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    read_edit(tx, reader, change->conversation);
    const auto& before = change->before();
    const auto attributes = read_attributes(
        tx, reader,
        {.account = before.account, .subject = desk::attribute::Subject::conversation, .by_key = before.attributes});
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (call.body.empty()) {
        return invalid_field("", "names nothing to change");
    }
    if (attributes) {
        desk::conversation::set_attributes(tx, {before.account, before.id}, attributes->by_slot);
        change->conversation.attributes = attributes->by_key;
    }
    if (is_same(change->before(), change->conversation)) {
        return change->finish();
    }
    if (change->conversation.external_ref != change->before().external_ref) {
        if (auto taken = take_ref(tx, change->conversation); !taken) {
            return taken.error();
        }
    }
    change->tell("conversation.updated");
    return change->finish();
}

}  // namespace lupaus::inbox
