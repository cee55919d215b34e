#include "services/lupaus/simulate/tally.hpp"

#include "common/text/json_writer.hpp"

#include <algorithm>

namespace lupaus::simulate {

std::size_t Tally::lost() const {
    return static_cast<std::size_t>(std::ranges::count_if(accepted_, [this](const auto& id) { return !seen_.contains(id); }));
}

std::size_t Tally::doubled() const {
    return static_cast<std::size_t>(std::ranges::count_if(seen_, [](const auto& entry) { return entry.second > 1; }));
}

std::string Tally::progress(std::chrono::seconds elapsed) const {
    return std::to_string(elapsed.count()) + " s: " + std::to_string(sent_count()) + " sent, " + std::to_string(answered_count()) +
           " answered, median wait " + std::to_string(wait_percentile(0.5).count()) + " ms, refused " + std::to_string(refused_);
}

std::string Tally::summary() const {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("sent", sent_count()).field("refused", refused_).field("answered", answered_count());
    json.key("first_reply_ms").begin_object();
    json.field("p50", wait_percentile(0.5).count()).field("p90", wait_percentile(0.9).count()).field("p99", wait_percentile(0.99).count());
    json.end_object().field("lost", lost()).field("doubled", doubled()).end_object();
    return out;
}

std::chrono::milliseconds Tally::wait_percentile(double share) const {
    if (waits_.empty()) {
        return std::chrono::milliseconds{0};
    }
    auto sorted = waits_;
    const auto index = std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * share));
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(index));
    return sorted[index];
}

}  // namespace lupaus::simulate
