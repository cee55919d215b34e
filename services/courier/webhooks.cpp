#include "services/courier/webhooks.hpp"

#include "common/telemetry/log.hpp"
#include "services/courier/attempt.hpp"
#include "services/courier/chance.hpp"
#include "services/courier/insist.hpp"
#include "services/courier/slack.hpp"
#include "services/courier/webhook_counters.hpp"
#include "services/desk/context/loop.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
namespace webhook = desk::webhook;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kSenderPoll{1000};
constexpr milliseconds kShortestSleep{20};  // what is due may be locked by another instance that is about to commit
constexpr milliseconds kMeasureEvery{5000};
constexpr std::size_t kScarcity = 8;

std::string_view result_label(webhook::State state) {
    switch (state) {
        case webhook::State::sent:
            return "sent";
        case webhook::State::failed:
            return "failed";
        default:
            return "retried";
    }
}

// As many as an endpoint may have under way while so many places are free.
int share_of(std::size_t free) {
    return std::clamp(static_cast<int>(free / kScarcity), 1, limits::kWebhookAttemptsPerEndpointMax);
}

}  // namespace

// A place among the attempts under way, given back on whatever way the attempt ends.
class Webhooks::Slot {
public:
    Slot(Webhooks& owner, desk::WebhookId endpoint, std::size_t bytes)
        : owner_(owner), bell_(owner.bell_), endpoint_(endpoint), bytes_(static_cast<std::int64_t>(bytes)) {
        ++owner_.in_flight_;
        ++owner_.under_way_[endpoint_];
        owner_.bytes_ += bytes_;
        owner_.counters_->in_flight.add(1);
    }

    ~Slot() {
        --owner_.in_flight_;
        if (--owner_.under_way_[endpoint_] == 0) {
            owner_.under_way_.erase(endpoint_);
        }
        owner_.bytes_ -= bytes_;
        owner_.counters_->in_flight.add(-1);
        bell_->ring();
    }

    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    Webhooks& owner_;
    std::shared_ptr<Doorbell> bell_;
    desk::WebhookId endpoint_;
    std::int64_t bytes_;
};

Webhooks::Webhooks(desk::Context& desk, net::HttpClient& client, desk::outbound::Hold& hold, TaskGroup& tasks,
                   std::function<void()> on_ended)
    : desk_(desk),
      client_(client),
      hold_(hold),
      tasks_(tasks),
      on_ended_(std::move(on_ended)),
      bell_(desk.wakeups.subscribe(desk::Topic::webhook)),
      counters_(std::make_unique<Counters>(desk.metrics)),
      schedule_{.first = desk.config.courier.retry_first,
                .longest = desk.config.courier.retry_max,
                .give_up_after = desk.config.courier.give_up_after} {}

Webhooks::~Webhooks() = default;

void Webhooks::start() {
    is_stopping_ = false;
    if (!is_looping_) {
        is_looping_ = true;
        is_looping_ = tasks_.spawn_endless("webhooks", run_claims());
    }
}

void Webhooks::stop() {
    is_stopping_ = true;
    bell_->ring();
}

void Webhooks::wake() {
    bell_->ring();
}

asio::awaitable<void> Webhooks::run_claims() {
    struct Ending {
        bool& is_looping;

        ~Ending() { is_looping = false; }
    };

    const Ending ending{is_looping_};
    desk::Loop loop{.name = "webhooks", .turn = [this] { return take_turn(); }};
    loop.goes_on = [this] { return !is_stopping_; };
    co_await desk::run_loop(desk_.metrics, std::move(loop));
}

asio::awaitable<void> Webhooks::take_turn() {
    const auto sleep = co_await claim_and_begin();
    co_await measure();
    if (sleep > milliseconds{0}) {
        co_await bell_->wait_for(sleep);
    }
}

// How long nothing can be begun, unless the bell rings. Zero: look again at once.
asio::awaitable<milliseconds> Webhooks::claim_and_begin() {
    if (in_flight_ >= limits::kWebhookAttemptsMax || bytes_ >= limits::kWebhookBytesMax) {
        co_return kSenderPoll;
    }
    auto claimed = co_await claim();
    for (int i = 0; i < claimed.claim.lost; ++i) {
        counters_->count_result("lost");
    }
    for (auto& job : claimed.claim.jobs) {
        begin(std::move(job), claimed.at);
    }
    if (!claimed.claim.jobs.empty() || claimed.claim.is_cut) {
        co_return milliseconds{0};
    }
    co_return std::clamp(claimed.claim.until_next.value_or(kSenderPoll), kShortestSleep, kSenderPoll);
}

asio::awaitable<Webhooks::Claimed> Webhooks::claim() {
    std::vector<webhook::InFlight> under_way;
    for (const auto& [endpoint, count] : under_way_) {
        under_way.push_back({.webhook = endpoint, .count = count});
    }
    const auto free = limits::kWebhookAttemptsMax - in_flight_;
    const webhook::ClaimOptions options{.limit = static_cast<int>(free),
                                        .per_webhook = share_of(free),
                                        .bytes = limits::kWebhookBytesMax - bytes_,
                                        .in_flight = under_way,
                                        .lease = desk_.config.courier.lease};
    const auto work = [&options, &hold = hold_](Tx& tx) {
        const auto at = Clock::now();
        return Claimed{.claim = hold.look(tx) ? webhook::Claim{} : webhook::claim(tx, options), .at = at};
    };
    co_return co_await desk_.worker.run(Scope::queues(), work);
}

void Webhooks::begin(webhook::Job job, Clock::time_point claimed_at) {
    auto slot = std::make_unique<Slot>(*this, job.key.webhook, job.body.size());
    tasks_.spawn("webhook attempt", run_attempt(std::move(job), claimed_at, std::move(slot)));
}

asio::awaitable<void> Webhooks::run_attempt(webhook::Job job, Clock::time_point claimed_at,
                                            std::unique_ptr<Slot> slot) {
    const auto started = Clock::now();
    Ended ended{.conclusion = {.key = job.key,
                               .attempt = job.attempt,
                               .trial = {.attempt = {}, .report = {}, .is_ping = job.is_ping},
                               .is_shaky = job.is_shaky,
                               .step = {},
                               .status = {}},
                .occurred_at = job.occurred_at,
                .is_ping = job.is_ping,
                .slot = std::move(slot)};
    auto& report = ended.conclusion.trial.report;
    report = {.outcome = delivery::Outcome::not_sent,
              .retry_after = {},
              .detail = "The webhook's secret cannot be opened with this program's key (secret.key_file)."};
    std::vector<std::string> secrets;
    for (const auto& sealed : job.sealed_secrets) {
        if (auto secret = open_secret(desk_.box, sealed)) {
            secrets.push_back(*std::move(secret));
        }
    }
    if (secrets.size() == job.sealed_secrets.size()) {
        const auto result = co_await send(job, std::move(secrets), claimed_at);
        report = report_of(result, system_now());
        if (result.stage == net::ClientStage::answered) {
            ended.conclusion.status = result.response.status;
        }
    }
    const auto took = Clock::now() - started;
    counters_->attempt.observe(std::chrono::duration<double>(took).count());
    counters_->count_attempt(to_string(report.outcome));
    ended.conclusion.trial.attempt = {.number = job.attempt - job.base,
                                      .age = job.begun_at - job.since + std::chrono::duration_cast<Micros>(took),
                                      .kind = desk::channel::Kind::webhook};
    ended.conclusion.step = webhook::step(ended.conclusion.trial, schedule_, random_chance());
    hand_in(std::move(ended));
}

asio::awaitable<net::ClientResult> Webhooks::send(const webhook::Job& job, std::vector<std::string> secrets,
                                                  Clock::time_point claimed_at) {
    const auto& courier = desk_.config.courier;
    const auto id = to_string(job.key.event);
    const auto line = job.format == webhook::Format::slack ? slack_body(job.body, job.link_url) : std::string();
    auto request = make_request({.url = job.url,
                                 .id = id,
                                 .body = job.format == webhook::Format::slack ? line : job.body,
                                 .begun_at = job.begun_at,
                                 .secrets = secrets},
                                courier.attempt_wait);
    const auto deadline = first_byte_deadline(claimed_at, courier.lease, courier.attempt_wait);
    request.before_first_byte = [deadline] { return Clock::now() < deadline; };
    co_return co_await client_.send(std::move(request));
}

// Whatever ended meanwhile is recorded by the next transaction, all of it by one.
void Webhooks::hand_in(Ended ended) {
    ended_.push_back(std::move(ended));
    if (!is_recording_) {
        is_recording_ = true;
        is_recording_ = tasks_.spawn("webhook recorder", run_recorder());
    }
}

asio::awaitable<void> Webhooks::run_recorder() {
    struct Ending {
        bool& is_recording;

        ~Ending() { is_recording = false; }
    };

    const Ending ending{is_recording_};
    while (!ended_.empty()) {
        auto batch = std::exchange(ended_, {});
        co_await record(std::move(batch));
    }
}

// Whatever happens here, the attempt numbers keep late results from overwriting newer ones.
asio::awaitable<void> Webhooks::record(std::vector<Ended> batch) {
    std::set<Uuid> accounts;
    std::vector<webhook::Conclusion> conclusions;
    for (const auto& ended : batch) {
        accounts.insert(ended.conclusion.key.account.value);
        conclusions.push_back(ended.conclusion);
    }
    const auto scope = Scope::accounts(std::vector(accounts.begin(), accounts.end()));
    const auto work = [this, &conclusions, chance = random_chance()](Tx& tx) {
        return webhook::conclude(tx, conclusions, schedule_, chance);
    };
    const auto write = [&]() -> asio::awaitable<void> {
        const auto concluded = co_await desk_.worker.run(scope, work);
        tell(batch, concluded);
    };
    co_await insist(std::to_string(batch.size()) + " deliveries to webhooks", write);
}

// After the commit: the metrics, readers of the log, and fan-out where an endpoint may be told more.
void Webhooks::tell(const std::vector<Ended>& batch, const webhook::Concluded& concluded) {
    const auto now = system_now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& step = batch[i].conclusion.step;
        counters_->count_result(concluded.is_newest[i] ? result_label(step.state) : "outdated");
        if (concluded.is_newest[i] && step.state == webhook::State::sent && !batch[i].is_ping) {
            counters_->delivery.observe(std::chrono::duration<double>(now - batch[i].occurred_at).count());
        }
    }
    counters_->opened.add(static_cast<double>(concluded.opened));
    counters_->disabled.add(static_cast<double>(concluded.disabled));
    if (concluded.disabled > 0) {
        desk_.wakeups.announce(desk::Topic::event);
    }
    on_ended_();
}

asio::awaitable<void> Webhooks::measure() {
    if (Clock::now() - measured_at_ < kMeasureEvery) {
        co_return;
    }
    measured_at_ = Clock::now();
    const auto work = [](Tx& tx) { return webhook::measure_backlog(tx); };
    try {
        const auto backlog = co_await desk_.worker.run(Scope::queues(), work);
        counters_->set_backlog(backlog);
    } catch (const std::exception& error) {
        rethrow_cancellation(error);
        log::warn("the backlog of webhooks could not be measured", {{"error", error.what()}});
    }
}

}  // namespace lupaus::courier
