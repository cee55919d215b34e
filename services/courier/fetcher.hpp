// Fetches the attachments that customers' messages named by an address: claims what is due, downloads each in a
// coroutine of its own into the store of files, records what came of it. Lives on the I/O thread; context and client
// must outlive it. At most limits::kFetchesMax are under way in a process and a few of them of one account, so that a
// slow server does not hold the others up. Whatever is cut short is fetched again from its beginning. While the hold
// stands nothing is claimed. Woken by Topic::fetch; a poll is the guarantee.
#pragma once

#include "common/async/task_group.hpp"
#include "common/net/http_client.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/fetch/store.hpp"
#include "services/desk/outbound/hold.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace lupaus::courier {

class Fetcher {
public:
    Fetcher(desk::Context& desk, net::HttpClient& client, desk::outbound::Hold& hold,
            boost::asio::any_io_executor executor);
    ~Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;

    void start();
    void stop();                          // what is under way is cut short
    boost::asio::awaitable<void> join();  // after stop(): and given back, so that others need not wait for its lease

    std::size_t in_flight() const { return in_flight_; }

private:
    class Slot;
    struct Counters;

    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<std::chrono::milliseconds> claim_and_begin();
    boost::asio::awaitable<desk::fetch::Claim> claim();
    void begin(desk::fetch::Job job);
    boost::asio::awaitable<void> run_attempt(std::unique_ptr<Slot> slot);
    boost::asio::awaitable<desk::fetch::Conclusion> fetch(const desk::fetch::Job& job);
    boost::asio::awaitable<void> record(desk::fetch::Conclusion conclusion);
    boost::asio::awaitable<void> measure();

    desk::Context& desk_;
    net::HttpClient& client_;
    desk::outbound::Hold& hold_;
    TaskGroup tasks_;
    std::shared_ptr<Doorbell> bell_;
    std::unique_ptr<Counters> counters_;
    desk::delivery::Schedule schedule_;
    std::map<desk::AccountId, int> under_way_;  // accounts without attempts are absent
    std::size_t in_flight_ = 0;
    std::vector<desk::fetch::Job> cut_short_;
    std::chrono::steady_clock::time_point measured_at_{};
};

}  // namespace lupaus::courier
