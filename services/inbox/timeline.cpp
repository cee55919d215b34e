#include "services/inbox/timeline.hpp"

#include "services/desk/conversation/store.hpp"
#include "services/desk/timeline/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/query.hpp"
#include "services/inbox/resource.hpp"

#include <limits>

namespace lupaus::inbox {

namespace {

using desk::timeline::Entry;
using desk::timeline::Wanted;

constexpr std::string_view kNewestFirst = "timeline.newest";
constexpr std::string_view kOldestFirst = "timeline.oldest";
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

Result<bool> read_order(const Call& call) {
    const auto order = call.request.query_value("order");
    if (order && *order != "oldest" && *order != "newest") {
        return invalid_field("order", "must be one of newest, oldest");
    }
    return !order || *order == "newest";
}

Result<std::int64_t> read_from(const Page& page, bool newest_first) {
    if (!page.after) {
        return newest_first ? kEnd : 0;
    }
    const auto seq = read_number("cursor", page.after->key, {.min = 0, .max = kEnd});
    if (!seq || !*seq) {
        return invalid_field("cursor", "is not a next_cursor of this API");
    }
    return **seq;
}

void write_entry(text::JsonWriter& json, const Entry& entry) {
    json.raw(entry.json);
}

}  // namespace

Result<Answer> handle_list_timeline(Tx& tx, const Call& call) {
    const auto id = path_id<desk::ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    const auto newest_first = read_order(call);
    if (!newest_first) {
        return newest_first.error();
    }
    const auto name = *newest_first ? kNewestFirst : kOldestFirst;
    const auto page = read_page(call.request, name, {"order"});
    if (!page) {
        return page.error();
    }
    const auto from = read_from(*page, *newest_first);
    if (!from) {
        return from.error();
    }
    const auto conversation = desk::conversation::find(tx, {.account = call.principal.account, .id = *id});
    if (!conversation) {
        return conversation.error();
    }
    const auto rows = desk::timeline::page(tx, {.account = call.principal.account,
                                                .conversation = *id,
                                                .newest_first = *newest_first,
                                                .from = *from,
                                                .limit = page->limit + 1});
    const auto place = [](const Entry& entry) {
        return Cursor{.key = std::to_string(entry.seq), .id = entry.id.value};
    };
    return Answer{.status = 200, .body = write_page(name, *page, rows, write_entry, place)};
}

}  // namespace lupaus::inbox
