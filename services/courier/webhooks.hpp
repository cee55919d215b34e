// Tells integrators' webhooks what is due: claims deliveries, sends each in a coroutine of its own, records what came
// of them in groups. Lives on the I/O thread; context, client and task group must outlive the tasks, which end by
// themselves after stop(). At most limits::kWebhookAttemptsMax attempts are under way in a process and a few of them to
// one endpoint, fewer as places become scarce, so that slow receivers do not hold the others up; replies to customers
// have places of their own. While the hold stands nothing is claimed. Woken by Topic::webhook and by fan-out; a poll is
// the guarantee.
#pragma once

#include "common/async/task_group.hpp"
#include "common/net/http_client.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/outbound/hold.hpp"
#include "services/desk/webhook/claim.hpp"
#include "services/desk/webhook/conclude.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace lupaus::courier {

class Webhooks {
public:
    // `on_ended` is called when deliveries have ended: their endpoints may be told more.
    Webhooks(desk::Context& desk, net::HttpClient& client, desk::outbound::Hold& hold, TaskGroup& tasks,
             std::function<void()> on_ended);
    ~Webhooks();
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;

    void start();  // idempotent
    void stop();   // idempotent: nothing further begins; attempts under way end and are recorded

    void wake();  // deliveries have become due

    std::size_t in_flight() const { return in_flight_; }

private:
    class Slot;
    struct Counters;

    struct Claimed {
        desk::webhook::Claim claim;
        std::chrono::steady_clock::time_point at;  // before the lease began
    };

    struct Ended {
        desk::webhook::Conclusion conclusion;
        Timestamp occurred_at{};
        bool is_ping = false;
        std::unique_ptr<Slot> slot;  // kept until it is recorded
    };

    boost::asio::awaitable<void> run_claims();
    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<std::chrono::milliseconds> claim_and_begin();
    boost::asio::awaitable<Claimed> claim();
    void begin(desk::webhook::Job job, std::chrono::steady_clock::time_point claimed_at);
    boost::asio::awaitable<void> run_attempt(desk::webhook::Job job, std::chrono::steady_clock::time_point claimed_at,
                                             std::unique_ptr<Slot> slot);
    boost::asio::awaitable<net::ClientResult> send(const desk::webhook::Job& job, std::vector<std::string> secrets,
                                                   std::chrono::steady_clock::time_point claimed_at);
    void hand_in(Ended ended);
    boost::asio::awaitable<void> run_recorder();
    boost::asio::awaitable<void> record(std::vector<Ended> batch);
    void tell(const std::vector<Ended>& batch, const desk::webhook::Concluded& concluded);
    boost::asio::awaitable<void> measure();

    desk::Context& desk_;
    net::HttpClient& client_;
    desk::outbound::Hold& hold_;
    TaskGroup& tasks_;
    std::function<void()> on_ended_;
    std::shared_ptr<Doorbell> bell_;
    std::unique_ptr<Counters> counters_;
    desk::delivery::Schedule schedule_;
    std::map<desk::WebhookId, int> under_way_;  // endpoints without attempts are absent
    std::size_t in_flight_ = 0;
    std::int64_t bytes_ = 0;    // of the bodies under way
    std::vector<Ended> ended_;  // waiting to be recorded
    std::chrono::steady_clock::time_point measured_at_{};
    bool is_recording_ = false;
    bool is_looping_ = false;
    bool is_stopping_ = false;
};

}  // namespace lupaus::courier
