#include "common/text/json_writer.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/inbox/attention.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/saved_view.hpp"
#include "services/inbox/time_cursor.hpp"
#include "services/inbox/views.hpp"

#include <unordered_map>

namespace lupaus::inbox {

namespace {

using desk::conversation::Conversation;
using desk::conversation::Place;

// In the order in which they were found.
std::vector<Conversation> read_found(Tx& tx, desk::AccountId account, const std::vector<Place>& found) {
    std::vector<desk::conversation::Key> keys;
    for (const auto& place : found) {
        keys.push_back({.account = account, .id = place.id});
    }
    std::unordered_map<desk::ConversationId, Conversation> known;
    for (auto& conversation : desk::conversation::read(tx, keys)) {
        const auto id = conversation.id;
        known.emplace(id, std::move(conversation));
    }
    std::vector<Conversation> conversations;
    for (const auto& place : found) {
        if (const auto one = known.find(place.id); one != known.end()) {
            conversations.push_back(std::move(one->second));
        }
    }
    return conversations;
}

}  // namespace

Result<Answer> list_saved_view(Tx& tx, const Call& call) {
    auto named = saved_looks(tx, call, {call.request.query_value("view_id").value_or("")});
    if (!named) {
        return named.error();
    }
    auto& look = named->front().look;
    const auto name = "views." + std::string(desk::conversation::to_string(look.sort));
    const auto page = read_page(call.request, name, {"view_id"});
    if (!page) {
        return page.error();
    }
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        look.after = Place{.at = *at, .id = desk::ConversationId{page->after->id}};
    }
    look.limit = page->limit + 1;
    auto seen = desk::view::look(tx, look);
    auto end = seen.stopped;
    const bool is_full = seen.found.size() > static_cast<std::size_t>(page->limit);
    if (is_full) {
        seen.found.pop_back();
        end = seen.found.back();
    }
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object().key("items").begin_array();
    for (const auto& view : own_views(tx, call, read_found(tx, look.account, seen.found))) {
        json.raw(view.json);
    }
    json.end_array();
    json.field("next_cursor", end ? std::optional(encode_cursor(name, time_cursor(end->at, end->id.value)))
                                  : std::optional<std::string>());
    json.field("complete", is_full || !seen.stopped).end_object();
    return answer;
}

}  // namespace lupaus::inbox
