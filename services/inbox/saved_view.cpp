#include "services/inbox/saved_view.hpp"

#include "common/text/json.hpp"
#include "services/desk/attribute/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/filter/parse.hpp"
#include "services/desk/view/store.hpp"

namespace lupaus::inbox {

namespace {

using desk::attribute::Subject;
using desk::view::SavedView;
using desk::view::ViewId;

Result<SavedView> find_named(Tx& tx, const Call& call, std::string_view text) {
    const auto id = parse_id<ViewId>(text);
    if (!id) {
        return invalid_field("view_id", "must be an id (a UUID of 36 characters)");
    }
    auto view = desk::view::find(tx, {.account = call.principal.account, .id = *id, .agent = call.principal.agent});
    return view ? Result<SavedView>(*std::move(view)) : Result<SavedView>(invalid_field("view_id", "names no view"));
}

}  // namespace

Result<std::vector<NamedLook>> saved_looks(Tx& tx, const Call& call, const std::vector<std::string_view>& ids) {
    std::vector<NamedLook> looks;
    if (ids.empty()) {
        return looks;
    }
    const auto account = call.principal.account;
    const auto of_conversations = desk::attribute::all_of(tx, account, Subject::conversation);
    const auto of_contacts = desk::attribute::all_of(tx, account, Subject::contact);
    const desk::filter::Known known{.of_conversations = of_conversations, .of_contacts = of_contacts};
    const desk::filter::Asker asker{.agent = call.principal.agent, .now = desk::database_now(tx)};
    for (const auto id : ids) {
        auto view = find_named(tx, call, id);
        if (!view) {
            return view.error();
        }
        // It was checked when it was saved; a later program may know of more than this one.
        const auto json = text::parse_json(view->filter);
        const auto parsed = json ? desk::filter::parse(*json) : desk::filter::Parsed{};
        if (!json || !parsed.faults.empty()) {
            return invalid_field("view_id", "names a view whose filter this program does not understand");
        }
        desk::view::Look look{.account = account,
                              .filter = desk::filter::compile(parsed.filter, known, asker),
                              .sort = view->sort,
                              .after = {},
                              .limit = 0};
        looks.push_back({.view = *std::move(view), .look = std::move(look)});
    }
    return looks;
}

}  // namespace lupaus::inbox
