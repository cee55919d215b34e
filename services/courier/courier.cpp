#include "services/courier/courier.hpp"

#include "common/telemetry/log.hpp"
#include "services/courier/attempt.hpp"
#include "services/courier/chance.hpp"
#include "services/courier/insist.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/delivery/announce.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kShortestSleep{20};  // what is due may be locked by another instance that is about to commit
constexpr milliseconds kMeasureEvery{5000};
constexpr std::size_t kChannelShare = 8;

std::string_view result_label(delivery::State state) {
    switch (state) {
        case delivery::State::sent:
            return "sent";
        case delivery::State::failed:
            return "failed";
        case delivery::State::uncertain:
            return "uncertain";
        default:
            return "retried";
    }
}

}  // namespace

struct Courier::Counters {
    explicit Counters(telemetry::Metrics& owner)
        : metrics(owner),
          duration(owner.histogram("lupaus_delivery_attempt_seconds", "Time of one attempt, connection included.",
                                   telemetry::kRequestBuckets)),
          in_flight(owner.gauge("lupaus_delivery_attempts_in_flight", "Attempts under way.")),
          depth(owner.gauge("lupaus_delivery_queue_depth", "Deliveries with an attempt ahead or under way.")),
          oldest(owner.gauge("lupaus_delivery_oldest_due_seconds", "Age of the oldest due time that has passed.")) {}

    void count_attempt(std::string_view outcome) const {
        metrics.counter("lupaus_delivery_attempts_total", "Attempts by outcome.", {{"outcome", std::string(outcome)}})
            .add();
    }

    void count_result(std::string_view result) const {
        metrics.counter("lupaus_deliveries_total", "Results recorded.", {{"result", std::string(result)}}).add();
    }

    telemetry::Metrics& metrics;
    telemetry::Histogram duration;
    telemetry::Gauge in_flight;
    telemetry::Gauge depth;
    telemetry::Gauge oldest;
};

// A place among the attempts under way, given back on whatever way the attempt ends.
class Courier::Slot {
public:
    Slot(Courier& owner, desk::ChannelId channel) : courier_(owner), bell_(owner.bell_), channel_(channel) {
        ++courier_.in_flight_;
        ++courier_.under_way_[channel_];
        courier_.counters_->in_flight.add(1);
    }

    ~Slot() {
        --courier_.in_flight_;
        if (--courier_.under_way_[channel_] == 0) {
            courier_.under_way_.erase(channel_);
        }
        courier_.counters_->in_flight.add(-1);
        bell_->ring();
    }

    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    Courier& courier_;
    std::shared_ptr<Doorbell> bell_;
    desk::ChannelId channel_;
};

Courier::Courier(desk::Context& desk, const Ways& ways, desk::outbound::Hold& hold, TaskGroup& tasks)
    : desk_(desk),
      client_(ways.http),
      mailer_(desk, ways.smtp, ways.http),
      hold_(hold),
      tasks_(tasks),
      bell_(desk.wakeups.subscribe(desk::Topic::delivery)),
      counters_(std::make_unique<Counters>(desk.metrics)),
      schedule_{.first = desk.config.courier.retry_first,
                .longest = desk.config.courier.retry_max,
                .give_up_after = desk.config.courier.give_up_after} {}

Courier::~Courier() = default;

void Courier::start() {
    is_stopping_ = false;
    if (!is_looping_) {
        is_looping_ = true;
        is_looping_ = tasks_.spawn_endless("courier", run_claims());
    }
}

void Courier::stop() {
    is_stopping_ = true;
    bell_->ring();
}

asio::awaitable<void> Courier::run_claims() {
    struct Ending {
        bool& is_looping;

        ~Ending() { is_looping = false; }
    };

    const Ending ending{is_looping_};
    desk::Loop loop{.name = "courier", .turn = [this] { return take_turn(); }};
    loop.goes_on = [this] { return !is_stopping_; };
    co_await desk::run_loop(desk_.metrics, std::move(loop));
}

asio::awaitable<void> Courier::take_turn() {
    const auto sleep = co_await claim_and_begin();
    co_await measure();
    if (sleep > milliseconds{0}) {
        co_await bell_->wait_for(sleep);
    }
}

// How long nothing can be begun, unless the bell rings. Zero: look again at once.
asio::awaitable<milliseconds> Courier::claim_and_begin() {
    if (in_flight_ >= static_cast<std::size_t>(desk_.config.courier.workers)) {
        co_return kPoll;
    }
    auto claimed = co_await claim();
    for (const auto state : claimed.claim.concluded) {
        tell(state);
    }
    for (auto& job : claimed.claim.jobs) {
        begin(std::move(job), claimed.at);
    }
    if (!claimed.claim.jobs.empty() || claimed.claim.is_cut) {
        co_return milliseconds{0};
    }
    co_return std::clamp(claimed.claim.until_next.value_or(kPoll), kShortestSleep, kPoll);
}

asio::awaitable<Courier::Claimed> Courier::claim() {
    const auto workers = static_cast<std::size_t>(desk_.config.courier.workers);
    std::vector<delivery::InFlight> under_way;
    for (const auto& [channel, count] : under_way_) {
        under_way.push_back({.channel = channel, .count = count});
    }
    const delivery::ClaimOptions options{
        .limit = static_cast<int>(workers - in_flight_),
        .per_channel = static_cast<int>(std::max<std::size_t>(workers / kChannelShare, 1)),
        .in_flight = under_way,
        .lease = desk_.config.courier.lease};
    const auto work = [&options, &hold = hold_](Tx& tx) {
        const auto at = Clock::now();
        return Claimed{.claim = hold.look(tx) ? delivery::Claim{} : delivery::claim(tx, options), .at = at};
    };
    co_return co_await desk_.worker.run(Scope::queues(), work);
}

void Courier::begin(delivery::Job job, Clock::time_point claimed_at) {
    auto slot = std::make_unique<Slot>(*this, job.delivery.channel);
    tasks_.spawn("courier attempt", run_attempt(std::move(job), claimed_at, std::move(slot)));
}

asio::awaitable<void> Courier::run_attempt(delivery::Job job, Clock::time_point claimed_at,
                                           std::unique_ptr<Slot> slot) {
    const auto started = Clock::now();
    delivery::Conclusion conclusion{.account = job.delivery.account,
                                    .delivery = job.delivery.id,
                                    .attempt = job.delivery.attempt,
                                    .step = {},
                                    .status = {},
                                    .external_id = {}};
    delivery::Report report;
    if (job.way.kind == desk::channel::Kind::email) {
        auto sent = co_await mailer_.send(job, claimed_at);
        report = std::move(sent.report);
        conclusion.status = sent.status;
        if (report.outcome == delivery::Outcome::accepted) {
            conclusion.external_id = std::move(sent.message_id);
        }
    } else {
        report = co_await post(job, claimed_at, conclusion);
    }
    const auto took = Clock::now() - started;
    counters_->duration.observe(std::chrono::duration<double>(took).count());
    counters_->count_attempt(to_string(report.outcome));
    const delivery::Attempt attempt{
        .number = job.delivery.attempt,
        .age = job.begun_at - job.delivery.created_at + std::chrono::duration_cast<Micros>(took),
        .kind = job.way.kind,
        .is_repetition = job.is_repetition};
    conclusion.step = delivery::step(attempt, report, schedule_, random_chance());
    co_await record(std::move(conclusion));
}

asio::awaitable<delivery::Report> Courier::post(const delivery::Job& job, Clock::time_point claimed_at,
                                                delivery::Conclusion& conclusion) {
    const auto& courier = desk_.config.courier;
    const auto secret = open_secret(desk_.box, job.way.sealed_secret);
    if (!secret) {
        co_return delivery::Report{
            .outcome = delivery::Outcome::not_sent,
            .retry_after = {},
            .detail = "The channel's secret cannot be opened with this program's key (secret.key_file)."};
    }
    const auto id = to_string(job.delivery.message);
    auto request = make_request(
        {.url = job.way.url, .id = id, .body = job.delivery.body, .begun_at = job.begun_at, .secrets = {&*secret, 1}},
        courier.attempt_wait);
    const auto deadline = first_byte_deadline(claimed_at, courier.lease, courier.attempt_wait);
    request.before_first_byte = [deadline] { return Clock::now() < deadline; };
    const auto result = co_await client_.send(std::move(request));
    auto report = report_of(result, system_now());
    if (result.stage == net::ClientStage::answered) {
        conclusion.status = result.response.status;
    }
    if (report.outcome == delivery::Outcome::accepted) {
        conclusion.external_id = external_id_of(result);
    }
    co_return report;
}

// Whatever happens here, the attempt number keeps a late result from overwriting a newer one.
asio::awaitable<void> Courier::record(delivery::Conclusion conclusion) {
    const auto scope = Scope::accounts({&conclusion.account.value, 1});
    const auto work = [this, &conclusion](Tx& tx) { return delivery::conclude(tx, conclusion, desk_.metrics); };
    const auto write = [&]() -> asio::awaitable<void> {
        const bool is_newest = co_await desk_.worker.run(scope, work);
        if (is_newest) {
            tell(conclusion.step.state);
        } else {
            counters_->count_result("outdated");
        }
    };
    auto what = "attempt " + std::to_string(conclusion.attempt) + " of delivery " + to_string(conclusion.delivery);
    co_await insist(std::move(what), write);
}

// After the commit.
void Courier::tell(delivery::State state) {
    counters_->count_result(result_label(state));
    if (state != delivery::State::queued) {
        delivery::announce_end(desk_.wakeups, state);
    }
}

asio::awaitable<void> Courier::measure() {
    if (Clock::now() - measured_at_ < kMeasureEvery) {
        co_return;
    }
    measured_at_ = Clock::now();
    const auto work = [](Tx& tx) { return delivery::measure_backlog(tx); };
    try {
        const auto backlog = co_await desk_.worker.run(Scope::queues(), work);
        counters_->depth.set(static_cast<double>(backlog.due));
        counters_->oldest.set(static_cast<double>(backlog.age.count()));
    } catch (const std::exception& error) {
        rethrow_cancellation(error);
        log::warn("the delivery backlog could not be measured", {{"error", error.what()}});
    }
}

}  // namespace lupaus::courier
