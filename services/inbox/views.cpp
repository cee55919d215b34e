#include "services/inbox/views.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/attribute/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/filter/check.hpp"
#include "services/desk/filter/parse.hpp"
#include "services/desk/filter/render.hpp"
#include "services/desk/view/json.hpp"
#include "services/desk/view/store.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <array>
#include <charconv>

namespace lupaus::inbox {

namespace {

using desk::agent::Role;
using desk::attribute::Subject;
using desk::conversation::Sort;
using desk::view::SavedView;
using desk::view::ViewId;
using text::Choice;

constexpr std::string_view kByPosition = "views.position";
constexpr int kPositionMax = 10'000;

constexpr std::array kSorts{Choice<Sort>{"due", Sort::due}, Choice<Sort>{"waiting", Sort::waiting},
                            Choice<Sort>{"newest", Sort::newest}};

// Everything that is wrong with a filter, for the grammar first, then for the desk.
std::vector<FieldError> faults_of(Tx& tx, const Call& call, const desk::filter::Parsed& parsed) {
    if (!parsed.faults.empty()) {
        return parsed.faults;
    }
    const auto account = call.principal.account;
    const auto of_conversations = desk::attribute::all_of(tx, account, Subject::conversation);
    const auto of_contacts = desk::attribute::all_of(tx, account, Subject::contact);
    auto faults =
        desk::filter::check(parsed.filter, {.of_conversations = of_conversations, .of_contacts = of_contacts});
    const auto references = desk::filter::references_of(parsed.filter);
    for (const auto place : desk::view::unknown_of(tx, account, references)) {
        faults.push_back({.field = references[place].pointer, .detail = "names nothing that there is"});
    }
    return faults;
}

Error invalid_filter(std::vector<FieldError> fields) {
    std::string detail;
    for (const auto& field : fields) {
        detail += (detail.empty() ? "" : "; ") + field.field + " " + field.detail;
    }
    return {.code = Errc::invalid, .detail = detail + ".", .fields = std::move(fields)};
}

// Empty: the request says none, or a wrong one, which the errors name as /filter/….
std::string read_filter(Tx& tx, const Call& call, text::JsonReader& reader, std::vector<FieldError>& errors) {
    const auto* json = reader.any("filter");
    if (json == nullptr) {
        return {};
    }
    const auto parsed = desk::filter::parse(*json);
    for (auto& fault : faults_of(tx, call, parsed)) {
        errors.push_back({.field = "/filter" + fault.field, .detail = std::move(fault.detail)});
    }
    return errors.empty() ? desk::filter::to_json(parsed.filter) : std::string();
}

Result<void> read_changes(Tx& tx, const Call& call, text::JsonReader& reader, SavedView& view) {
    const bool is_new = view.filter.empty();
    view.name = is_new ? reader.string("name") : reader.optional_string("name").value_or(view.name);
    if (is_new && !reader.has("filter")) {
        reader.fail("filter", "is required");
    }
    std::vector<FieldError> errors;
    if (auto filter = read_filter(tx, call, reader, errors); !filter.empty()) {
        view.filter = std::move(filter);
    }
    view.sort = reader.optional_one_of<Sort>("sort", kSorts).value_or(view.sort);
    const auto position = reader.optional_integer("position", {.min = 0, .max = kPositionMax});
    view.position = static_cast<int>(position.value_or(view.position));
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return errors.empty() ? Result<void>() : Result<void>(invalid_filter(std::move(errors)));
}

bool may_share(const Call& call) {
    return call.principal.role >= Role::lead;
}

Error not_theirs() {
    return {.code = Errc::forbidden, .detail = "A view that is shared is a lead's to make, edit and throw away."};
}

// What everybody sees is told to everybody.
void tell(Tx& tx, const Call& call, std::string_view type, const SavedView& view) {
    if (view.agent.is_nil()) {
        const auto json = desk::view::to_json(view);
        append_changes(
            tx, call,
            {desk::event::describe(view.account, call.actor(), {.type = type, .member = "view", .json = json})});
    }
}

Result<SavedView> lock_named(Tx& tx, const Call& call) {
    const auto id = path_id<ViewId>(call, "view");
    auto view = id ? desk::view::lock(tx, {call.principal.account, *id, call.principal.agent}) : std::nullopt;
    if (!view) {
        return not_found("view");
    }
    if (view->agent.is_nil() && !may_share(call)) {
        return not_theirs();
    }
    auto match = check_if_match(call.request, view->version);
    return match ? Result<SavedView>(*std::move(view)) : Result<SavedView>(match.error());
}

int position_of(const Cursor& cursor) {
    int position = 0;
    std::from_chars(cursor.key.data(), cursor.key.data() + cursor.key.size(), position);
    return position;
}

}  // namespace

Result<Answer> handle_list_views(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByPosition);
    if (!page) {
        return page.error();
    }
    const auto rows = desk::view::list(tx, {.account = call.principal.account,
                                            .agent = call.principal.agent,
                                            .after_position = page->after ? position_of(*page->after) : -1,
                                            .after_id = page->after ? ViewId{page->after->id} : ViewId{},
                                            .limit = page->limit + 1});
    const auto place = [](const SavedView& view) {
        return Cursor{.key = std::to_string(view.position), .id = view.id.value};
    };
    return Answer{.status = 200, .body = write_page(kByPosition, *page, rows, desk::view::write, place)};
}

Result<Answer> handle_get_view(Tx& tx, const Call& call) {
    const auto id = path_id<ViewId>(call, "view");
    const auto view = id ? desk::view::find(tx, {call.principal.account, *id, call.principal.agent}) : std::nullopt;
    return view ? Result<Answer>(found(desk::view::to_json(*view), view->version)) : Result<Answer>(not_found("view"));
}

Result<Answer> handle_create_view(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    const bool is_shared = reader.optional_boolean("shared").value_or(false);
    SavedView view;
    view.account = call.principal.account;
    view.id = ViewId::make();
    view.agent = is_shared ? desk::AgentId{} : call.principal.agent;
    if (auto read = read_changes(tx, call, reader, view); !read) {
        return read.error();
    }
    if (is_shared && !may_share(call)) {
        return not_theirs();
    }
    if (!is_shared && view.agent.is_nil()) {
        return Error{.code = Errc::forbidden,
                     .detail = "This token speaks for no agent: its views can only be shared."};
    }
    if (auto stored = desk::view::insert(tx, view); !stored) {
        return stored.error();
    }
    tell(tx, call, "view.created", view);
    return created(desk::view::to_json(view), view.version);
}

Result<Answer> handle_edit_view(Tx& tx, const Call& call) {
    auto view = lock_named(tx, call);
    if (!view) {
        return view.error();
    }
    text::JsonReader reader(call.body);
    if (auto read = read_changes(tx, call, reader, *view); !read) {
        return read.error();
    }
    desk::view::update(tx, *view);
    ++view->version;
    tell(tx, call, "view.updated", *view);
    return found(desk::view::to_json(*view), view->version);
}

Result<Answer> handle_delete_view(Tx& tx, const Call& call) {
    const auto view = lock_named(tx, call);
    if (!view) {
        return view.error();
    }
    desk::view::remove(tx, *view);
    tell(tx, call, "view.deleted", *view);
    return nothing_left();
}

}  // namespace lupaus::inbox
