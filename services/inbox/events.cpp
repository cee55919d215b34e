#include "services/inbox/events.hpp"

#include "common/base/limits.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/event/rules.hpp"
#include "services/desk/event/store.hpp"
#include "services/inbox/query.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace lupaus::inbox {

namespace {

constexpr int kPageDefault = 100;
constexpr std::array<std::string_view, 3> kParameters{"after", "limit", "types"};

struct EventPage {
    std::int64_t after = 0;
    int limit = kPageDefault;
    std::string_view types;
};

Result<EventPage> read_event_page(const net::Request& request) {
    for (const auto& parameter : request.query) {
        if (std::ranges::find(kParameters, parameter.name) == kParameters.end()) {
            return invalid_field(parameter.name, "is not a known parameter of this list");
        }
    }
    const auto after =
        read_number("after", request.query_value("after"), {.max = std::numeric_limits<std::int64_t>::max()});
    if (!after) {
        return after.error();
    }
    const auto limit = read_number("limit", request.query_value("limit"), {.min = 1, .max = limits::kEventPageMax});
    if (!limit) {
        return limit.error();
    }
    return EventPage{.after = after->value_or(0),
                     .limit = static_cast<int>(limit->value_or(kPageDefault)),
                     .types = request.query_value("types").value_or("")};
}

Error gone(std::int64_t newest) {
    return Error{.code = Errc::conflict,
                 .detail = "The log does not go on from there: read the lists anew and continue after " +
                           std::to_string(newest) + ".",
                 .extension = R"({"newest_cursor":)" + std::to_string(newest) + '}'};
}

}  // namespace

bool is_wanted_type(std::string_view types, std::string_view type) {
    if (types.empty()) {
        return true;
    }
    while (!types.empty()) {
        const auto end = std::min(types.find(','), types.size());
        if (desk::event::matches_type(types.substr(0, end), type)) {
            return true;
        }
        types.remove_prefix(std::min(end + 1, types.size()));
    }
    return false;
}

Result<Answer> handle_list_events(Tx& tx, const Call& call) {
    const auto page = read_event_page(call.request);
    if (!page) {
        return page.error();
    }
    const auto account = call.principal.account;
    const auto extent = desk::event::extent(tx, account);
    if (page->after > 0 && !extent.can_resume(page->after)) {
        return gone(extent.newest);
    }
    const desk::event::Position position{.account = account, .after = page->after};
    const auto events = desk::event::read_after(tx, std::span(&position, 1), {.events = page->limit}).events;
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object().key("items").begin_array();
    for (const auto& event : events) {
        if (is_wanted_type(page->types, event.type)) {
            json.raw(event.json);
        }
    }
    const auto next = events.empty() ? page->after : events.back().seq;
    json.end_array().field("next_cursor", next).field("more", next < extent.newest).end_object();
    return answer;
}

}  // namespace lupaus::inbox
