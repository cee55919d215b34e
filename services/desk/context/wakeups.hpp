// Who waits for work is woken here. A ring reaches this process at once and every other one by NOTIFY, which is sent in a
// transaction of its own after the commit, debounced (inside the data's transaction it would end group commit). Losing
// one costs latency only: everybody who waits also polls. `announce` may be called from any thread.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "common/postgres/database.hpp"
#include "common/telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

namespace lupaus::desk {

enum class Topic : std::size_t { queue = 0, event = 1, delivery = 2, due = 3, webhook = 4, fetch = 5 };

inline constexpr std::size_t kTopicCount = 6;

std::string_view channel_name(Topic topic);  // of NOTIFY: lupaus_queue, …

class Wakeups {
public:
    Wakeups(boost::asio::any_io_executor executor, Database& database);

    // The returned bell rings whenever the topic does; it lives as long as the caller keeps it.
    std::shared_ptr<Doorbell> subscribe(Topic topic);  // I/O thread
    void announce(Topic topic);                        // after a commit
    void hear(Topic topic);                            // a NOTIFY arrived; rings here only
    void start(TaskGroup& tasks, telemetry::Metrics& metrics);  // runs the debounced sender

private:
    void ring(Topic topic);
    boost::asio::awaitable<void> send();

    boost::asio::any_io_executor executor_;
    Database& database_;
    std::array<std::vector<std::weak_ptr<Doorbell>>, kTopicCount> bells_;
    std::array<std::atomic<bool>, kTopicCount> pending_{};  // said locally, not yet sent
    std::array<std::atomic<bool>, kTopicCount> heard_{};    // a ring is already posted to the I/O thread
    Doorbell sender_;
};

}  // namespace lupaus::desk
