#include "common/text/json_reader.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/hours/rules.hpp"
#include "services/desk/hours/store.hpp"
#include "services/desk/hours/zone.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace lupaus::inbox {

namespace {

using desk::HoursId;
using desk::hours::Hours;
using desk::hours::Interval;
using desk::hours::kMinutesPerDay;

constexpr std::string_view kByName = "hours.name";
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

void write_day(text::JsonWriter& json, const Hours& hours, int day) {
    json.key(kDays[static_cast<std::size_t>(day)]).begin_array();
    for (const auto& interval : hours.week) {
        if (interval.open / kMinutesPerDay != day) {
            continue;
        }
        const auto closes = interval.close - day * kMinutesPerDay;
        json.begin_array().value(desk::hours::format_time_of_day(interval.open % kMinutesPerDay));
        json.value(desk::hours::format_time_of_day(closes > kMinutesPerDay ? closes - kMinutesPerDay : closes));
        json.end_array();
    }
    json.end_array();
}

void write_hours(text::JsonWriter& json, const Hours& hours) {
    json.begin_object().field("id", hours.id).field("name", hours.name).field("zone", hours.zone);
    json.key("week").begin_object();
    for (int day = 0; day < static_cast<int>(kDays.size()); ++day) {
        write_day(json, hours, day);
    }
    json.end_object().key("holidays").begin_array();
    for (const auto date : hours.holidays) {
        json.value(desk::hours::format_date(date));
    }
    json.end_array().field("version", hours.version).end_object();
}

std::string hours_json(const Hours& hours) {
    std::string body;
    text::JsonWriter json(body);
    write_hours(json, hours);
    return body;
}

// ["22:00","02:00"] is open over midnight; nothing is open from a time to the same time.
std::optional<Interval> read_interval(const text::Json& pair) {
    const bool is_pair = pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string();
    if (!is_pair) {
        return std::nullopt;
    }
    const auto open = desk::hours::parse_time_of_day(pair[0].get_ref<const std::string&>());
    const auto close = desk::hours::parse_time_of_day(pair[1].get_ref<const std::string&>());
    if (!open || !close || *open == kMinutesPerDay || *open == *close) {
        return std::nullopt;
    }
    return Interval{.open = *open, .close = *close > *open ? *close : *close + kMinutesPerDay};
}

void read_day(text::JsonReader& reader, int day, std::vector<Interval>& week) {
    const auto name = kDays[static_cast<std::size_t>(day)];
    const auto* list = reader.any(name);
    if (list == nullptr) {
        return;
    }
    if (!list->is_array() || list->size() > desk::hours::kIntervalsPerDayMax) {
        reader.fail(name,
                    "must be a list of at most " + std::to_string(desk::hours::kIntervalsPerDayMax) + " intervals");
        return;
    }
    for (const auto& pair : *list) {
        const auto interval = read_interval(pair);
        if (!interval) {
            reader.fail(name, R"(must have intervals such as ["09:00","17:00"], the end of a day being "24:00")");
            return;
        }
        const auto midnight = day * kMinutesPerDay;
        week.push_back({.open = midnight + interval->open, .close = midnight + interval->close});
    }
}

void read_week(text::JsonReader& reader, Hours& hours) {
    if (reader.is_null("week")) {
        reader.fail("week", "must not be null");
    }
    auto days = reader.optional_object("week");
    if (!days) {
        return;
    }
    hours.week.clear();
    for (int day = 0; day < static_cast<int>(kDays.size()); ++day) {
        read_day(*days, day, hours.week);
    }
    days->refuse_unknown();
}

void read_holidays(text::JsonReader& reader, Hours& hours) {
    const auto dates = reader.optional_string_list("holidays", {.max_items = desk::hours::kHolidaysMax});
    if (!dates) {
        return;
    }
    hours.holidays.clear();
    for (const auto& text : *dates) {
        const auto date = desk::hours::parse_date(text);
        if (!date) {
            reader.fail("holidays", "must have dates such as \"2026-12-24\"");
            return;
        }
        hours.holidays.push_back(*date);
    }
    std::ranges::sort(hours.holidays);
    const auto again = std::ranges::unique(hours.holidays);
    hours.holidays.erase(again.begin(), again.end());
}

void read_zone(text::JsonReader& reader, Hours& hours) {
    const auto zone = reader.optional_string("zone");
    if (zone && desk::hours::find_zone(*zone) == nullptr) {
        reader.fail("zone", "names no time zone, such as Europe/Helsinki");
    }
    hours.zone = zone.value_or(hours.zone);
}

// Everything that hours say, over what they said before.
Result<void> read_changes(const Call& call, Hours& hours, bool is_new) {
    text::JsonReader reader(call.body);
    hours.name = is_new ? reader.string("name") : reader.optional_string("name").value_or(hours.name);
    read_zone(reader, hours);
    read_week(reader, hours);
    read_holidays(reader, hours);
    for (const auto* name : {"zone", "week"}) {
        if (is_new && !reader.has(name)) {
            reader.fail(name, "is required");
        }
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return desk::hours::check_week(hours.week);
}

desk::event::Draft describe(const Call& call, std::string_view type, const Hours& hours, std::string_view json) {
    return desk::event::describe(hours.account, call.actor(), {.type = type, .member = "hours", .json = json});
}

Result<Hours> lock_named(Tx& tx, const Call& call) {
    const auto id = path_id<HoursId>(call, "hours");
    auto hours = id ? desk::hours::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!hours) {
        return not_found("hours");
    }
    auto match = check_if_match(call.request, hours->version);
    return match ? Result<Hours>(*std::move(hours)) : Result<Hours>(match.error());
}

}  // namespace

Result<Answer> handle_list_hours(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByName);
    if (!page) {
        return page.error();
    }
    desk::hours::After after;
    if (page->after) {
        after = {.name = page->after->key, .id = HoursId{page->after->id}};
    }
    const auto rows = desk::hours::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Hours& hours) { return Cursor{.key = hours.name, .id = hours.id.value}; };
    return Answer{.status = 200, .body = write_page(kByName, *page, rows, write_hours, place)};
}

Result<Answer> handle_get_hours(Tx& tx, const Call& call) {
    const auto id = path_id<HoursId>(call, "hours");
    const auto hours = id ? desk::hours::find(tx, call.principal.account, *id) : std::nullopt;
    if (!hours) {
        return not_found("hours");
    }
    return found(hours_json(*hours), hours->version);
}

Result<Answer> handle_create_hours(Tx& tx, const Call& call) {
    Hours hours;
    hours.account = call.principal.account;
    hours.id = HoursId::make();
    if (auto read = read_changes(call, hours, true); !read) {
        return read.error();
    }
    if (auto stored = desk::hours::insert(tx, hours); !stored) {
        return stored.error();
    }
    auto body = hours_json(hours);
    append_changes(tx, call, {describe(call, "hours.created", hours, body)});
    return created(std::move(body), hours.version);
}

Result<Answer> handle_edit_hours(Tx& tx, const Call& call) {
    auto hours = lock_named(tx, call);
    if (!hours) {
        return hours.error();
    }
    if (auto read = read_changes(call, *hours, false); !read) {
        return read.error();
    }
    if (auto stored = desk::hours::update(tx, *hours); !stored) {
        return stored.error();
    }
    ++hours->version;
    auto body = hours_json(*hours);
    append_changes(tx, call, {describe(call, "hours.updated", *hours, body)});
    return found(std::move(body), hours->version);
}

Result<Answer> handle_delete_hours(Tx& tx, const Call& call) {
    const auto hours = lock_named(tx, call);
    if (!hours) {
        return hours.error();
    }
    if (auto gone = desk::hours::remove(tx, hours->account, hours->id); !gone) {
        return gone.error();
    }
    append_changes(tx, call, {describe(call, "hours.deleted", *hours, hours_json(*hours))});
    return nothing_left();
}

}  // namespace lupaus::inbox
