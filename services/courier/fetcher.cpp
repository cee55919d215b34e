#include "services/courier/fetcher.hpp"

#include "common/telemetry/log.hpp"
#include "services/courier/chance.hpp"
#include "services/courier/download.hpp"
#include "services/courier/file_answer.hpp"
#include "services/courier/insist.hpp"
#include "services/desk/context/loop.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
namespace fetch = desk::fetch;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kPoll{1000};
constexpr milliseconds kShortestSleep{20};  // what is due may be locked by another instance that is about to commit
constexpr milliseconds kMeasureEvery{5000};
constexpr std::string_view kNotStored = "This desk could not store the file.";
constexpr int kLeaseInWaits = 3;  // one to connect, one to download, one to store and to record

std::string_view result_label(fetch::Ended ended) {
    switch (ended) {
        case fetch::Ended::ready:
            return "ready";
        case fetch::Ended::again:
            return "retried";
        case fetch::Ended::failed:
            return "failed";
        case fetch::Ended::outdated:
            return "outdated";
    }
    return "outdated";
}

}  // namespace

struct Fetcher::Counters {
    explicit Counters(telemetry::Metrics& owner)
        : metrics(owner),
          duration(owner.histogram("lupaus_attachment_fetch_seconds", "Time of one attempt, connection included.",
                                   telemetry::kRequestBuckets)),
          in_flight(owner.gauge("lupaus_attachment_fetches_in_flight", "Attempts under way.")),
          depth(owner.gauge("lupaus_attachment_fetch_queue_depth", "Attachments with an attempt ahead or under way.")),
          oldest(owner.gauge("lupaus_attachment_fetch_oldest_due_seconds",
                             "Age of the oldest due time that has passed.")) {}

    void count(std::string_view result) const {
        metrics.counter("lupaus_attachment_fetches_total", "Attempts by result.", {{"result", std::string(result)}})
            .add();
    }

    telemetry::Metrics& metrics;
    telemetry::Histogram duration;
    telemetry::Gauge in_flight;
    telemetry::Gauge depth;
    telemetry::Gauge oldest;
};

// A place among the attempts under way, given back on whatever way the attempt ends.
class Fetcher::Slot {
public:
    Slot(Fetcher& owner, fetch::Job what) : job(std::move(what)), fetcher_(owner) {
        ++fetcher_.in_flight_;
        ++fetcher_.under_way_[job.account];
        fetcher_.counters_->in_flight.add(1);
    }

    ~Slot() {
        --fetcher_.in_flight_;
        if (--fetcher_.under_way_[job.account] == 0) {
            fetcher_.under_way_.erase(job.account);
        }
        fetcher_.counters_->in_flight.add(-1);
        if (!is_recorded) {
            fetcher_.cut_short_.push_back(std::move(job));
        }
        fetcher_.bell_->ring();
    }

    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    fetch::Job job;
    bool is_recorded = false;

private:
    Fetcher& fetcher_;
};

Fetcher::Fetcher(desk::Context& desk, net::HttpClient& client, desk::outbound::Hold& hold,
                 asio::any_io_executor executor)
    : desk_(desk),
      client_(client),
      hold_(hold),
      tasks_(
          std::move(executor),
          [](const std::string& name, std::exception_ptr error) {
              log::error("a fetcher's task ended", {{"task", name}, {"error", log::describe(std::move(error))}});
          },
          desk.task_lost),
      bell_(desk.wakeups.subscribe(desk::Topic::fetch)),
      counters_(std::make_unique<Counters>(desk.metrics)),
      schedule_{.first = desk.config.courier.retry_first,
                .longest = desk.config.courier.retry_max,
                .give_up_after = std::min<milliseconds>(desk.config.courier.give_up_after, limits::kFetchGiveUpAfter)} {
}

Fetcher::~Fetcher() = default;

void Fetcher::start() {
    desk::Loop loop{.name = "fetcher", .turn = [this] { return take_turn(); }};
    tasks_.spawn_endless("fetcher", desk::run_loop(desk_.metrics, std::move(loop)));
}

void Fetcher::stop() {
    tasks_.stop();
}

asio::awaitable<void> Fetcher::join() {
    co_await tasks_.join();
    const auto jobs = std::exchange(cut_short_, {});
    const auto work = [&jobs](Tx& tx) {
        fetch::give_back(tx, jobs);
        return true;
    };
    try {
        if (!jobs.empty()) {
            co_await desk_.worker.run(Scope::queues(), work);
        }
    } catch (const std::exception& error) {
        log::warn("attachments under way were not given back, their lease has to end", {{"error", error.what()}});
    }
}

asio::awaitable<void> Fetcher::take_turn() {
    const auto sleep = co_await claim_and_begin();
    co_await measure();
    if (sleep > milliseconds{0}) {
        co_await bell_->wait_for(sleep);
    }
}

// How long nothing can be begun, unless the bell rings. Zero: look again at once.
asio::awaitable<milliseconds> Fetcher::claim_and_begin() {
    if (in_flight_ >= static_cast<std::size_t>(limits::kFetchesMax)) {
        co_return kPoll;
    }
    auto claimed = co_await claim();
    const bool is_more = !claimed.jobs.empty() || claimed.is_cut;
    for (auto& job : claimed.jobs) {
        begin(std::move(job));
    }
    co_return is_more ? milliseconds{0} : std::clamp(claimed.until_next.value_or(kPoll), kShortestSleep, kPoll);
}

asio::awaitable<fetch::Claim> Fetcher::claim() {
    std::vector<fetch::InFlight> under_way;
    for (const auto& [account, count] : under_way_) {
        under_way.push_back({.account = account, .count = count});
    }
    const fetch::ClaimOptions options{.limit = limits::kFetchesMax - static_cast<int>(in_flight_),
                                      .per_account = limits::kFetchesPerAccountMax,
                                      .in_flight = under_way,
                                      .lease = desk_.config.courier.fetch_wait * kLeaseInWaits};
    const auto work = [&options, &hold = hold_](Tx& tx) {
        return hold.look(tx) ? fetch::Claim{} : fetch::claim(tx, options);
    };
    co_return co_await desk_.worker.run(Scope::queues(), work);
}

void Fetcher::begin(fetch::Job job) {
    tasks_.spawn("attachment fetch", run_attempt(std::make_unique<Slot>(*this, std::move(job))));
}

asio::awaitable<void> Fetcher::run_attempt(std::unique_ptr<Slot> slot) {
    const auto started = Clock::now();
    auto conclusion = co_await fetch(slot->job);
    counters_->duration.observe(std::chrono::duration<double>(Clock::now() - started).count());
    co_await record(std::move(conclusion));
    slot->is_recorded = true;
}

// A disk that fails is this desk's own trouble, and may be over at the next attempt.
asio::awaitable<fetch::Conclusion> Fetcher::fetch(const fetch::Job& job) {
    const auto started = Clock::now();
    Download download(desk_.blobs);
    auto request = make_file_request(job.url, desk_.config.courier.fetch_wait);
    request.take_part = [&download](int status, std::string part) -> asio::awaitable<bool> {
        if (status == kWhole) {
            co_await download.add(std::move(part));
        }
        co_return status == kWhole;
    };
    fetch::Conclusion conclusion{.account = job.account, .attachment = job.attachment, .attempt = job.attempt};
    delivery::Report report;
    try {
        const auto result = co_await client_.send(std::move(request));
        report = report_of_file(result, download.received(), system_now());
        if (report.outcome == delivery::Outcome::accepted) {
            const auto stored = co_await download.finish();
            conclusion.file = fetch::Conclusion::File{.sha256 = stored.hash,
                                                      .size_bytes = static_cast<std::int64_t>(stored.size),
                                                      .content_type = content_type_of(result.response)};
            co_return conclusion;
        }
    } catch (const std::exception& error) {
        rethrow_cancellation(error);
        log::error("an attachment could not be stored", {{"attachment", job.attachment}, {"error", error.what()}});
        report = {.outcome = delivery::Outcome::not_sent, .retry_after = {}, .detail = std::string(kNotStored)};
    }
    const delivery::Attempt attempt{
        .number = job.number,
        .age = job.begun_at - job.since + std::chrono::duration_cast<Micros>(Clock::now() - started)};
    auto step = delivery::step(attempt, report, schedule_, random_chance());
    conclusion.wait = step.wait;
    conclusion.error = std::move(step.error);
    co_return conclusion;
}

// Whatever happens here, the attempt number keeps a late result from overwriting a newer one.
asio::awaitable<void> Fetcher::record(fetch::Conclusion conclusion) {
    const auto scope = Scope::accounts({&conclusion.account.value, 1});
    const auto work = [&conclusion](Tx& tx) { return fetch::conclude(tx, conclusion); };
    const auto write = [&]() -> asio::awaitable<void> {
        const auto ended = co_await desk_.worker.run(scope, work);
        counters_->count(result_label(ended));
        if (ended == fetch::Ended::ready || ended == fetch::Ended::failed) {
            desk_.wakeups.announce(desk::Topic::event);
        }
    };
    co_await insist("attachment " + to_string(conclusion.attachment), write);
}

asio::awaitable<void> Fetcher::measure() {
    if (Clock::now() - measured_at_ < kMeasureEvery) {
        co_return;
    }
    measured_at_ = Clock::now();
    const auto work = [](Tx& tx) { return fetch::measure_backlog(tx); };
    try {
        const auto backlog = co_await desk_.worker.run(Scope::queues(), work);
        counters_->depth.set(static_cast<double>(backlog.due));
        counters_->oldest.set(static_cast<double>(backlog.age.count()));
    } catch (const std::exception& error) {
        rethrow_cancellation(error);
        log::warn("the backlog of attachments could not be measured", {{"error", error.what()}});
    }
}

}  // namespace lupaus::courier
