#include "services/desk/hours/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace lupaus::desk::hours {

namespace {

// What promises are counted in; the last offset holds for ever.
constexpr date::sys_days kFirst{date::year{1970} / 1 / 1};
constexpr date::sys_days kLast{date::year{2100} / 1 / 1};

std::shared_ptr<const Zone> read_zone(const date::time_zone& known) {
    auto zone = std::make_shared<Zone>();
    for (date::sys_seconds at = kFirst; at < kLast;) {
        const auto info = known.get_info(at);
        if (zone->offsets.empty() || zone->offsets.back().ahead != info.offset) {
            zone->offsets.push_back({.from = at, .ahead = info.offset});
        }
        at = info.end;
    }
    return zone;
}

}  // namespace

std::shared_ptr<const Zone> find_zone(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<const Zone>> known;
    const std::lock_guard lock(mutex);
    if (const auto at = known.find(name); at != known.end()) {
        return at->second;
    }
    const auto& zones = date::get_tzdb().zones;
    const auto found = std::ranges::find(zones, name, &date::time_zone::name);
    if (found == zones.end()) {
        return nullptr;
    }
    return known.emplace(name, read_zone(*found)).first->second;
}

}  // namespace lupaus::desk::hours
