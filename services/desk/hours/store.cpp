#include "services/desk/hours/store.hpp"

#include "common/base/limits.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/hours/queries.sql.hpp"
#include "services/desk/hours/rules.hpp"
#include "services/desk/hours/zone.hpp"

namespace lupaus::desk::hours {

namespace {

std::string week_array(const Hours& hours) {
    ArrayText text;
    for (const auto& interval : hours.week) {
        text.add(interval.open).add(interval.close);
    }
    return text.str();
}

std::string holiday_array(const Hours& hours) {
    ArrayText text;
    for (const auto date : hours.holidays) {
        text.add(format_date(date));
    }
    return text.str();
}

// The column order of every query of this room that returns hours.
Hours read_hours(const pqxx::row& row) {
    Hours hours;
    hours.account = read_id<AccountId>(row[0]);
    hours.id = read_id<HoursId>(row[1]);
    hours.name = row[2].as<std::string>();
    hours.zone = row[3].as<std::string>();
    const auto minutes = read_text_array(row[4]);
    for (std::size_t i = 0; i + 1 < minutes.size(); i += 2) {
        hours.week.push_back({.open = std::stoi(minutes[i]), .close = std::stoi(minutes[i + 1])});
    }
    for (const auto& date : read_text_array(row[5])) {
        hours.holidays.push_back(parse_date(date).value());
    }
    hours.version = row[6].as<int>();
    return hours;
}

std::shared_ptr<const Calendar> make_calendar(Hours hours) {
    auto zone = find_zone(hours.zone);
    if (zone == nullptr) {
        log::error("a time zone is missing on this machine, its hours are counted in UTC",
                   {{"zone", hours.zone}, {"hours", hours.id}});
        zone = std::make_shared<const Zone>(Zone{.offsets = {Offset{}}});
    }
    return std::make_shared<const Calendar>(
        Calendar{.week = std::move(hours.week), .holidays = std::move(hours.holidays), .zone = std::move(zone)});
}

Error name_taken(const std::string& name) {
    return Error{.code = Errc::conflict, .detail = "There are hours named \"" + name + "\" already."};
}

}  // namespace

Result<void> insert(Tx& tx, const Hours& hours) {
    const account::Bound bound{.what = "opening hours", .max = limits::kHoursMax, .count = sql::count_hours};
    if (auto room = account::check_room(tx, hours.account, bound, hours.id.value); !room) {
        return room;
    }
    const auto stored =
        tx.exec(sql::insert_hours, pqxx::params{to_string(hours.account), to_string(hours.id), hours.name, hours.zone,
                                                week_array(hours), holiday_array(hours)});
    return stored.affected_rows() == 0 ? Result<void>(name_taken(hours.name)) : Result<void>();
}

std::optional<Hours> find(Tx& tx, AccountId account, HoursId id) {
    const auto rows = tx.exec(sql::find_hours, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_hours(rows[0]));
}

std::optional<Hours> lock(Tx& tx, AccountId account, HoursId id) {
    tx.exec(sql::lock_hours, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

Result<void> update(Tx& tx, const Hours& hours) {
    try {
        const auto stored =
            tx.exec(sql::update_hours, pqxx::params{to_string(hours.account), to_string(hours.id), hours.name,
                                                    hours.zone, week_array(hours), holiday_array(hours)});
        if (stored.affected_rows() > 0) {
            return {};
        }
    } catch (const pqxx::unique_violation&) {
        // Somebody else took the name at the same moment.
    }
    return name_taken(hours.name);
}

Result<void> remove(Tx& tx, AccountId account, HoursId id) {
    const pqxx::params key{to_string(account), to_string(id)};
    if (tx.exec(sql::find_hours_user, key).at(0, 0).as<bool>()) {
        return Error{.code = Errc::conflict, .detail = "A policy still counts by these hours."};
    }
    tx.exec(sql::delete_hours, key);
    return {};
}

std::vector<Hours> list(Tx& tx, AccountId account, const After& after, int limit) {
    std::vector<Hours> found;
    const pqxx::params place{to_string(account), after.name, to_string(after.id), limit};
    for (const auto& row : tx.exec(sql::list_hours, place)) {
        found.push_back(read_hours(row));
    }
    return found;
}

Calendars load(Tx& tx, const std::set<Key>& wanted) {
    Calendars calendars;
    if (wanted.empty()) {
        return calendars;
    }
    ArrayText account, id;
    for (const auto& [account_id, hours_id] : wanted) {
        account.add(account_id);
        id.add(hours_id);
    }
    for (const auto& row : tx.exec(sql::load_hours, pqxx::params{account.str(), id.str()})) {
        auto hours = read_hours(row);
        const auto key = hours.id;
        calendars.emplace(key, make_calendar(std::move(hours)));
    }
    return calendars;
}

}  // namespace lupaus::desk::hours
