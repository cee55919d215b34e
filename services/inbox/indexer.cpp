#include "services/inbox/indexer.hpp"

#include "services/desk/context/loop.hpp"
#include "services/desk/search/store.hpp"

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kGather{300};
constexpr std::chrono::seconds kPoll{1};

// One transaction takes a few milliseconds, so that nobody who answers a customer waits for it.
constexpr int kAccountsMax = 8;
constexpr int kEventsMax = 25;  // of each account

// Most of the time is left to the messages themselves: a turn takes as long as the machine is busy, so that search lags
// under the full load of a machine and keeps up with half of it.
constexpr int kRest = 3;

}  // namespace

Indexer::Indexer(desk::Context& desk)
    : desk_(desk),
      events_(desk.metrics.counter("lupaus_search_events_total", "Events read into the search documents.")) {}

void Indexer::start(TaskGroup& tasks) {
    auto turn = [this, bell = desk_.wakeups.subscribe(desk::Topic::event)] { return take_turn(bell); };
    tasks.spawn_endless("search index",
                        desk::run_loop(desk_.metrics, {.name = "search index", .turn = std::move(turn)}));
}

asio::awaitable<void> Indexer::take_turn(std::shared_ptr<Doorbell> bell) {
    co_await bell->wait_for(kPoll);
    co_await pause(kGather);
    const auto work = [](Tx& tx) { return desk::search::index_news(tx, kAccountsMax, kEventsMax); };
    int read = 1;
    while (read > 0) {
        const auto started = std::chrono::steady_clock::now();
        read = co_await desk_.worker.run(Scope::queues(), work);
        events_.add(read);
        const auto took = std::chrono::steady_clock::now() - started;
        co_await pause(took * kRest);
    }
}

}  // namespace lupaus::inbox
