#include "services/inbox/search.hpp"

#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/list.hpp"
#include "services/desk/search/rules.hpp"
#include "services/desk/search/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/saved_view.hpp"
#include "services/inbox/time_cursor.hpp"

#include <unordered_map>

namespace lupaus::inbox {

namespace {

using desk::ConversationId;
using desk::search::Hit;
using desk::search::Order;
using desk::search::Question;

constexpr std::string_view kNewest = "search.newest";
constexpr std::int64_t kCountMax = 99;
constexpr std::size_t kCountedViewsMax = 10;

using Shown = std::unordered_map<ConversationId, std::string>;

Shown conversations_of(Tx& tx, desk::AccountId account, const std::vector<Hit>& hits) {
    std::vector<desk::conversation::Key> keys;
    for (const auto& hit : hits) {
        keys.push_back({.account = account, .id = hit.conversation});
    }
    Shown shown;
    for (const auto& conversation : desk::conversation::read(tx, keys)) {
        shown.emplace(conversation.id, desk::conversation::to_json(conversation));
    }
    return shown;
}

void write_hit(text::JsonWriter& json, const Hit& hit, const Shown& shown) {
    json.begin_object();
    json.raw_field("conversation", shown.at(hit.conversation));
    json.field("message_id", hit.message.is_nil() ? std::nullopt : std::optional(hit.message)).field("at", hit.at);
    json.key("passage").begin_array();
    for (const auto& part : desk::search::parts_of(hit.passage)) {
        json.begin_object().field("text", part.text).field("match", part.is_match).end_object();
    }
    json.end_array().end_object();
}

Result<Order> read_order(const net::Request& request) {
    const auto word = request.query_value("sort").value_or("newest");
    if (word == "newest") {
        return Order::newest;
    }
    if (word == "relevant") {
        return Order::relevant;
    }
    return invalid_field("sort", "must be one of newest, relevant");
}

Result<Question> read_question(const Call& call, const Page& page) {
    const auto typed = call.request.query_value("q").value_or("");
    if (typed.empty() || typed.size() > desk::search::kQueryBytesMax) {
        return invalid_field("q", "must have 1 to " + std::to_string(desk::search::kQueryBytesMax) + " bytes");
    }
    auto query = desk::search::tsquery_of(typed);
    if (!query) {
        return invalid_field("q", "must have 1 to " + std::to_string(desk::search::kWordsMax) + " words");
    }
    const auto order = read_order(call.request);
    if (!order) {
        return order.error();
    }
    if (*order == Order::relevant && page.after) {
        return invalid_field("cursor", "is only for sort=newest: the most relevant are one page");
    }
    Question question{.account = call.principal.account,
                      .query = *std::move(query),
                      .order = *order,
                      .before = {},
                      .limit = *order == Order::newest ? page.limit + 1 : page.limit};
    if (page.after) {
        const auto at = read_time(*page.after);
        if (!at) {
            return at.error();
        }
        question.before = {.at = *at, .document = page.after->id};
    }
    return question;
}

std::string count_text(std::int64_t count, bool is_more) {
    return std::to_string(std::min(count, kCountMax)) + (is_more ? "+" : "");
}

// Those that the request names, in its order.
Result<std::vector<NamedLook>> asked_views(Tx& tx, const Call& call) {
    std::vector<std::string_view> ids;
    for (const auto& parameter : call.request.query) {
        if (parameter.name == "view_id") {
            ids.push_back(parameter.value);
        }
    }
    if (ids.size() > kCountedViewsMax) {
        return invalid_field("view_id", "must be given at most " + std::to_string(kCountedViewsMax) + " times");
    }
    return saved_looks(tx, call, ids);
}

// What was not looked at may match too: the count is then of what was.
void write_saved_counts(Tx& tx, text::JsonWriter& json, std::vector<NamedLook>& named) {
    json.key("saved").begin_array();
    for (auto& [view, look] : named) {
        look.limit = static_cast<int>(kCountMax) + 1;
        const auto seen = desk::view::look(tx, look);
        const auto count = static_cast<std::int64_t>(seen.found.size());
        const bool is_more = count > kCountMax || seen.stopped;
        json.begin_object().field("id", view.id).field("count", std::min(count, kCountMax));
        json.field("text", count_text(count, is_more)).field("complete", count > kCountMax || !seen.stopped);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

Result<Answer> handle_search(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kNewest, {"q", "sort"});
    if (!page) {
        return page.error();
    }
    const auto question = read_question(call, *page);
    if (!question) {
        return question.error();
    }
    const auto hits = desk::search::find(tx, *question);
    const auto shown = conversations_of(tx, call.principal.account, hits);
    const auto write = [&shown](text::JsonWriter& json, const Hit& hit) { write_hit(json, hit, shown); };
    const auto place = [](const Hit& hit) { return time_cursor(hit.at, hit.document); };
    return Answer{.status = 200, .body = write_page(kNewest, *page, hits, write, place)};
}

Result<Answer> handle_count_views(Tx& tx, const Call& call) {
    const auto team = read_team(call.request);
    if (!team) {
        return team.error();
    }
    auto named = asked_views(tx, call);
    if (!named) {
        return named.error();
    }
    const desk::conversation::CountScope scope{
        .account = call.principal.account, .agent = call.principal.agent, .team = *team, .limit = kCountMax + 1};
    const auto counts = desk::conversation::count_views(tx, scope);
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    for (const auto& [view, count] : counts) {
        const bool is_more = count > kCountMax;
        json.key(view).begin_object().field("count", std::min(count, kCountMax));
        json.field("text", count_text(count, is_more)).end_object();
    }
    if (!named->empty()) {
        write_saved_counts(tx, json, *named);
    }
    json.end_object();
    return Answer{.status = 200, .body = std::move(body)};
}

}  // namespace lupaus::inbox
