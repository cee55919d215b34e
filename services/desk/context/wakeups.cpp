#include "services/desk/context/wakeups.hpp"

#include "services/desk/context/loop.hpp"
#include "services/desk/context/queries.sql.hpp"

#include <boost/asio/post.hpp>

namespace lupaus::desk {

namespace asio = boost::asio;

namespace {

constexpr std::array<std::string_view, kTopicCount> kChannels{"lupaus_queue", "lupaus_event",   "lupaus_delivery",
                                                              "lupaus_due",   "lupaus_webhook", "lupaus_fetch"};
constexpr std::chrono::milliseconds kDebounce{10};

std::size_t index_of(Topic topic) {
    return static_cast<std::size_t>(topic);
}

}  // namespace

std::string_view channel_name(Topic topic) {
    return kChannels[index_of(topic)];
}

Wakeups::Wakeups(asio::any_io_executor executor, Database& database)
    : executor_(std::move(executor)), database_(database), sender_(executor_) {}

std::shared_ptr<Doorbell> Wakeups::subscribe(Topic topic) {
    auto bell = std::make_shared<Doorbell>(executor_);
    auto& bells = bells_[index_of(topic)];
    std::erase_if(bells, [](const auto& known) { return known.expired(); });
    bells.push_back(bell);
    return bell;
}

void Wakeups::announce(Topic topic) {
    pending_[index_of(topic)] = true;
    hear(topic);
}

void Wakeups::hear(Topic topic) {
    // Under load one posted ring serves all announcements until it has run.
    if (heard_[index_of(topic)].exchange(true)) {
        return;
    }
    asio::post(executor_, [this, topic] { ring(topic); });
}

void Wakeups::ring(Topic topic) {
    heard_[index_of(topic)] = false;
    for (const auto& known : bells_[index_of(topic)]) {
        if (const auto bell = known.lock()) {
            bell->ring();
        }
    }
    if (pending_[index_of(topic)]) {
        sender_.ring();
    }
}

void Wakeups::start(TaskGroup& tasks, telemetry::Metrics& metrics) {
    tasks.spawn_endless("wakeups", run_loop(metrics, {.name = "wakeups", .turn = [this] { return send(); }}));
}

asio::awaitable<void> Wakeups::send() {
    co_await sender_.wait();
    std::array<bool, kTopicCount> taken{};
    for (std::size_t i = 0; i < kTopicCount; ++i) {
        taken.at(i) = pending_[i].exchange(false);
    }
    const auto notify = [&taken](Tx& tx) {
        for (std::size_t i = 0; i < kTopicCount; ++i) {
            if (taken.at(i)) {
                tx.exec(desk::context::sql::notify, pqxx::params{std::string(kChannels[i])});
            }
        }
        return true;
    };
    try {
        co_await database_.run(Scope::queues(), notify);
    } catch (...) {
        // Said again with the next turn; meanwhile the pollers find the work.
        for (std::size_t i = 0; i < kTopicCount; ++i) {
            pending_[i] = pending_[i] || taken.at(i);
        }
        sender_.ring();
        throw;
    }
    co_await pause(kDebounce);
}

}  // namespace lupaus::desk
