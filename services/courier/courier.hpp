// Takes replies out: claims due deliveries, sends each in a coroutine of its own, records what came of it. Lives on the
// I/O thread; context, clients and task group must outlive the tasks, which end by themselves or with the group.
// At most courier.workers attempts are under way in a process, and at most an eighth of them (one at least) on one
// channel, so that a slow receiver cannot hold the others up. Woken by Topic::delivery; a poll is the guarantee.
// While the hold stands nothing is claimed.
#pragma once

#include "common/async/task_group.hpp"
#include "common/net/http_client.hpp"
#include "services/courier/mailer.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/outbound/hold.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>

namespace lupaus::courier {

inline constexpr std::chrono::milliseconds kPoll{1000};

class Courier {
public:
    // By what replies leave.
    struct Ways {
        net::HttpClient& http;
        smtp::Client& smtp;
    };

    Courier(desk::Context& desk, const Ways& ways, desk::outbound::Hold& hold, TaskGroup& tasks);
    ~Courier();
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    void start();  // idempotent
    void stop();   // idempotent: nothing further begins; attempts under way end and are recorded

    std::size_t in_flight() const { return in_flight_; }

    Mailer& mailer() { return mailer_; }

private:
    class Slot;
    struct Counters;

    struct Claimed {
        desk::delivery::Claim claim;
        std::chrono::steady_clock::time_point at;  // before the lease began
    };

    boost::asio::awaitable<void> run_claims();
    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<std::chrono::milliseconds> claim_and_begin();
    boost::asio::awaitable<Claimed> claim();
    void begin(desk::delivery::Job job, std::chrono::steady_clock::time_point claimed_at);
    boost::asio::awaitable<void> run_attempt(desk::delivery::Job job, std::chrono::steady_clock::time_point claimed_at,
                                             std::unique_ptr<Slot> slot);
    boost::asio::awaitable<desk::delivery::Report> post(const desk::delivery::Job& job,
                                                        std::chrono::steady_clock::time_point claimed_at,
                                                        desk::delivery::Conclusion& conclusion);
    boost::asio::awaitable<void> record(desk::delivery::Conclusion conclusion);
    void tell(desk::delivery::State state);
    boost::asio::awaitable<void> measure();

    desk::Context& desk_;
    net::HttpClient& client_;
    Mailer mailer_;
    desk::outbound::Hold& hold_;
    TaskGroup& tasks_;
    std::shared_ptr<Doorbell> bell_;
    std::unique_ptr<Counters> counters_;
    desk::delivery::Schedule schedule_;
    std::map<desk::ChannelId, int> under_way_;  // channels without attempts are absent
    std::size_t in_flight_ = 0;
    std::chrono::steady_clock::time_point measured_at_{};
    bool is_looping_ = false;
    bool is_stopping_ = false;
};

}  // namespace lupaus::courier
