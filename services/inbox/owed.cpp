#include "services/desk/promise/owed.hpp"
#include "services/desk/contact/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/rules.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/promises.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"

#include <unordered_map>

namespace lupaus::inbox {

namespace {

using desk::ContactId;
using desk::ConversationId;
using desk::conversation::Conversation;
using desk::promise::Debtor;
using desk::promise::OwedPage;
using desk::promise::Promise;

constexpr std::string_view kUrgent = "owed.urgent";

// What the promises of a page are about.
struct Subjects {
    std::unordered_map<ConversationId, Conversation> conversations;
    std::unordered_map<ContactId, std::string> names;
};

Subjects load_subjects(Tx& tx, desk::AccountId account, const std::vector<Promise>& promises) {
    std::vector<desk::conversation::Key> keys;
    std::vector<ContactId> contacts;
    for (const auto& promise : promises) {
        if (promise.conversation.is_nil()) {
            contacts.push_back(promise.contact);
        } else {
            keys.push_back({.account = account, .id = promise.conversation});
        }
    }
    Subjects subjects;
    for (auto& conversation : desk::conversation::read(tx, keys)) {
        const auto id = conversation.id;
        subjects.conversations.emplace(id, std::move(conversation));
    }
    if (!contacts.empty()) {
        for (auto& contact : desk::contact::read(tx, account, contacts)) {
            subjects.names.emplace(contact.id, std::move(contact.name));
        }
    }
    return subjects;
}

void write_owed(text::JsonWriter& json, const Promise& promise, const Subjects& subjects) {
    json.begin_object();
    desk::promise::write_fields(json, promise);
    const auto known = subjects.conversations.find(promise.conversation);
    const bool has_conversation = known != subjects.conversations.end();
    const auto contact = has_conversation ? known->second.contact : promise.contact;
    const auto named = subjects.names.find(contact);
    const auto name = has_conversation                ? known->second.contact_name
                      : named == subjects.names.end() ? std::string()
                                                      : named->second;
    json.raw_field("conversation", has_conversation ? desk::conversation::to_json(known->second) : "null");
    json.key("contact").begin_object().field("id", contact).field("name", name).end_object();
    json.end_object();
}

// Whose debts: a team's where one is named, else the caller's own, or for a token that speaks for no agent,
// everybody's.
Result<OwedPage> read_filters(const Call& call) {
    OwedPage wanted;
    wanted.account = call.principal.account;
    wanted.agent = call.principal.agent;
    const auto view = call.request.query_value("view");
    if (view && *view != "mine" && *view != "all") {
        return invalid_field("view", "must be one of mine, all");
    }
    const auto team = call.request.query_value("team_id");
    const bool is_mine = view ? *view == "mine" : !team && !wanted.agent.is_nil();
    if (is_mine && wanted.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent, so nothing is its own."};
    }
    if (is_mine && team) {
        return invalid_field("team_id", "does not go with the view mine");
    }
    if (team) {
        const auto id = parse_id<desk::TeamId>(*team);
        if (!id) {
            return invalid_field("team_id", "must be an id (a UUID of 36 characters)");
        }
        wanted.team = *id;
    }
    wanted.debtor = is_mine ? Debtor::agent : team ? Debtor::team : Debtor::account;
    return wanted;
}

}  // namespace

Result<Answer> handle_list_owed(Tx& tx, const Call& call) {
    auto wanted = read_filters(call);
    if (!wanted) {
        return wanted.error();
    }
    const auto page = read_page(call.request, kUrgent, {"view", "team_id"});
    if (!page) {
        return page.error();
    }
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        wanted->after = *at;
        wanted->after_id = desk::PromiseId{page->after->id};
    }
    wanted->limit = page->limit + 1;
    const auto promises = desk::promise::list_owed(tx, *wanted);
    const auto subjects = load_subjects(tx, wanted->account, promises);
    const auto write = [&](text::JsonWriter& json, const Promise& promise) { write_owed(json, promise, subjects); };
    const auto place = [](const Promise& promise) {
        return time_cursor(desk::promise::rank_of(promise), promise.id.value);
    };
    return Answer{.status = 200, .body = write_page(kUrgent, *page, promises, write, place)};
}

}  // namespace lupaus::inbox
