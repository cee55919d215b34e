#include "services/lupaus/simulate/tally.hpp"

#include "common/text/json_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::simulate {

namespace {

using std::chrono::milliseconds;

// A wait that is still open counts as its present age, and the figure that falls on it is only its least value.
struct Wait {
    milliseconds length{};
    bool is_open = false;

    auto operator<=>(const Wait&) const = default;
};

Wait percentile(std::vector<Wait> waits, double share) {
    if (waits.empty()) {
        return {};
    }
    const auto rank = static_cast<std::size_t>(static_cast<double>(waits.size()) * share);
    const auto index = std::min(waits.size() - 1, rank);
    std::ranges::nth_element(waits, waits.begin() + static_cast<std::ptrdiff_t>(index));
    return waits[index];
}

void write_percentiles(text::JsonWriter& json, const std::vector<Wait>& waits) {
    constexpr std::array kShares{std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99)};
    std::vector<std::string_view> least;
    for (const auto& [name, share] : kShares) {
        const auto found = percentile(waits, share);
        json.field(name, found.length.count());
        if (found.is_open) {
            least.push_back(name);
        }
    }
    json.key("more_than").begin_array();
    for (const auto name : least) {
        json.value(name);
    }
    json.end_array();
}

}  // namespace

void Tally::stored(const std::string& mark, const std::string& conversation) {
    ++stored_[mark];
    conversations_.insert(conversation);
}

void Tally::promised(const std::string& promise, const std::string& conversation, Timestamp opened_at) {
    if (conversations_.contains(conversation)) {
        promises_[promise] = {.opened_at = opened_at};
    }
}

void Tally::replied(const std::string& promise, Timestamp at) {
    if (const auto known = promises_.find(promise); known != promises_.end()) {
        known->second.replied_at = at;
    }
}

std::size_t Tally::lost() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(accepted_, [this](const auto& mark) { return !stored_.contains(mark); }));
}

std::size_t Tally::doubled() const {
    return static_cast<std::size_t>(std::ranges::count_if(stored_, [](const auto& entry) { return entry.second > 1; }));
}

std::string Tally::progress(std::chrono::seconds elapsed) const {
    std::vector<Wait> waits;
    for (const auto length : waits_) {
        waits.push_back({.length = length});
    }
    return std::to_string(elapsed.count()) + " s: " + std::to_string(sent_count()) + " sent, " +
           std::to_string(answered_count()) + " answered, median wait " +
           std::to_string(percentile(std::move(waits), 0.5).length.count()) + " ms, refused " +
           std::to_string(refused_);
}

std::string Tally::summary(Timestamp now) const {
    std::vector<Wait> waits;
    for (const auto& [id, promise] : promises_) {
        const auto length = promise.replied_at.value_or(now) - promise.opened_at;
        waits.push_back({.length = std::chrono::duration_cast<milliseconds>(length), .is_open = !promise.replied_at});
    }
    const auto open = static_cast<std::size_t>(std::ranges::count_if(waits, &Wait::is_open));
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("sent", sent_count()).field("refused", refused_).field("answered", answered_count());
    json.key("first_reply_ms").begin_object();
    write_percentiles(json, waits);
    json.field("answered", waits.size() - open).field("still_waiting", open).end_object();
    json.field("lost", lost()).field("doubled", doubled()).end_object();
    return out;
}

}  // namespace lupaus::simulate
