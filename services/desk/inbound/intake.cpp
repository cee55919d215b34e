// A flusher takes what waits, stores it in one transaction, answers, and looks again. The first one serves an idle
// desk; the second joins only when enough has gathered behind the first, because two half-empty transactions cost more
// than one full one. A batch that fails because of one of its rows is split until that row stands alone.

#include "services/desk/inbound/intake.hpp"

#include "common/base/limits.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "services/desk/inbound/store.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace lupaus::desk::inbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kAccountQueueMax = limits::kIntakeQueueMax / 2;
constexpr std::size_t kQueueBytesMax = 128 * 1024 * 1024;  // raw bytes waiting: a few large bodies, or a full queue
constexpr std::size_t kBatchBytesMax = 8 * 1024 * 1024;    // a larger message goes alone
constexpr std::size_t kSecondFlusherAt = 32;               // waiting messages that are worth a second transaction
constexpr auto kSecondFlusherAfter = 10ms;                 // or so long behind a slow first one
constexpr auto kAnswerWait = 20s;                          // longer than all tries of a transaction together
constexpr std::string_view kUnstorable = "The database cannot store this message.";
constexpr int kInDoubtTries = 5;
constexpr auto kInDoubtPause = 200ms;

Error unavailable(std::string detail) {
    return Error{.code = Errc::unavailable, .detail = std::move(detail), .retry_after_s = 1};
}

}  // namespace

struct Intake::Waiter {
    Waiter(const asio::any_io_executor& executor, Inbound content)
        : message(std::move(content)),
          bytes(message.raw.size()),
          since(std::chrono::steady_clock::now()),
          timer(executor, since + kAnswerWait) {}

    Inbound message;
    std::size_t bytes;
    std::chrono::steady_clock::time_point since;
    asio::steady_timer timer;
    Outcome outcome{};

    void answer(Outcome value) {
        outcome = std::move(value);
        timer.cancel();
    }
};

struct Intake::Batch {
    std::vector<Inbound> messages{};
    std::vector<std::shared_ptr<Waiter>> waiters{};
};

struct Intake::Range {
    std::size_t first = 0;
    std::size_t size = 0;
};

Intake::Intake(Context& context, asio::any_io_executor executor)
    : context_(context),
      executor_(std::move(executor)),
      bells_{Doorbell(executor_), Doorbell(executor_)},
      ended_(executor_) {
    auto& metrics = context_.metrics;
    const auto count = [&metrics](const char* outcome) {
        return metrics.counter("lupaus_inbound_messages_total", "Messages offered by channels, by what became of them.",
                               {{"outcome", outcome}});
    };
    accepted_ = count("accepted");
    duplicate_ = count("duplicate");
    conflict_ = count("conflict");
    rejected_ = count("rejected");
    batch_size_ =
        metrics.histogram("lupaus_intake_batch_size", "Messages stored by one transaction.", telemetry::kSizeBuckets);
    accept_seconds_ = metrics.histogram("lupaus_intake_accept_seconds", "From a message's arrival to its commit.",
                                        telemetry::kRequestBuckets);
    queue_gauge_ = metrics.gauge("lupaus_intake_queue", "Messages waiting for the next transaction.");
}

void Intake::start(TaskGroup& tasks) {
    for (std::size_t number = 0; number < kFlushers; ++number) {
        ++running_;
        if (!tasks.spawn_endless("intake", run_flusher(number))) {
            leave();
        }
    }
}

asio::awaitable<Result<Receipt>> Intake::accept(Inbound message) {
    if (is_stopping_) {
        co_return unavailable("This process is stopping; send the message again.");
    }
    if (is_full(message.account, message.raw.size())) {
        co_return unavailable("Too many messages are waiting to be stored; send this one again.");
    }
    const auto waiter = std::make_shared<Waiter>(executor_, std::move(message));
    queued_bytes_ += waiter->bytes;
    queue_.push(waiter->message.account, waiter);
    queue_gauge_.set(static_cast<double>(queue_.size()));
    wake_flusher();
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (auto* failure = std::get_if<std::exception_ptr>(&waiter->outcome)) {
        std::rethrow_exception(*failure);
    }
    if (auto* result = std::get_if<Result<Receipt>>(&waiter->outcome)) {
        co_return std::move(*result);
    }
    co_return unavailable("The message could not be stored in time; send it again.");
}

asio::awaitable<void> Intake::refuse(Rejection rejection) {
    const auto work = [&rejection](Tx& tx) {
        reject(tx, std::span(&rejection, 1));
        return true;
    };
    co_await context_.worker.run(Scope::queues(), work);
    rejected_.add();
}

asio::awaitable<void> Intake::stop() {
    is_stopping_ = true;
    for (auto& bell : bells_) {
        bell.ring();
    }
    while (running_ > 0) {
        co_await ended_.wait();
    }
    ended_.ring();
}

bool Intake::is_full(AccountId account, std::size_t bytes) const {
    return queue_.size() >= limits::kIntakeQueueMax || queue_.size_of(account) >= kAccountQueueMax ||
           (!queue_.empty() && queued_bytes_ + bytes > kQueueBytesMax);
}

bool Intake::has_work(std::size_t flusher) const {
    if (queue_.empty() || flusher == 0) {
        return !queue_.empty();
    }
    return queue_.size() >= kSecondFlusherAt ||
           std::chrono::steady_clock::now() - queue_.front()->since > kSecondFlusherAfter;
}

void Intake::wake_flusher() {
    for (std::size_t number = 0; number < kFlushers; ++number) {
        if (is_idle_.at(number) && has_work(number)) {
            is_idle_.at(number) = false;
            bells_.at(number).ring();
            return;
        }
    }
}

Intake::Batch Intake::take_batch() {
    Batch batch;
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.waiters.size() < limits::kIntakeBatchMax) {
        if (!batch.waiters.empty() && bytes + queue_.front()->bytes > kBatchBytesMax) {
            break;
        }
        auto waiter = queue_.pop();
        bytes += waiter->bytes;
        batch.messages.push_back(std::move(waiter->message));
        batch.waiters.push_back(std::move(waiter));
    }
    queued_bytes_ -= bytes;
    queue_gauge_.set(static_cast<double>(queue_.size()));
    return batch;
}

// The last flusher that ends answers those who came too late for it.
void Intake::leave() {
    --running_;
    if (running_ == 0) {
        is_stopping_ = true;
        while (!queue_.empty()) {
            queue_.pop()->answer(Result<Receipt>(unavailable("This process is stopping; send the message again.")));
        }
        queued_bytes_ = 0;
    }
    ended_.ring();
}

asio::awaitable<void> Intake::run_flusher(std::size_t number) {
    struct Departure {
        Intake& intake;

        ~Departure() { intake.leave(); }
    };

    const Departure departure{*this};
    Loop loop{.name = "intake", .turn = [this, number] { return take_turn(number); }};
    loop.goes_on = [this, number] { return !is_stopping_ || has_work(number); };
    co_await run_loop(context_.metrics, std::move(loop));
}

asio::awaitable<void> Intake::take_turn(std::size_t number) {
    if (has_work(number)) {
        auto batch = take_batch();
        co_await flush(std::move(batch));
        co_return;
    }
    is_idle_.at(number) = true;
    co_await bells_.at(number).wait();
    is_idle_.at(number) = false;
    const auto linger = context_.config.intake.linger;
    if (linger > 0ms && !is_stopping_ && queue_.size() < kSecondFlusherAt) {
        co_await pause(linger);
    }
}

asio::awaitable<void> Intake::flush(Batch batch) {
    batch_size_.observe(static_cast<double>(batch.messages.size()));
    std::vector<Range> pending{{.first = 0, .size = batch.messages.size()}};
    while (!pending.empty()) {
        const auto range = pending.back();
        pending.pop_back();
        const auto failure = co_await store(batch, range);
        if (!failure) {
            continue;
        }
        if (classify_failure(failure) == AcceptFailure::poison && range.size > 1) {
            const auto half = range.size / 2;
            pending.push_back({.first = range.first + half, .size = range.size - half});
            pending.push_back({.first = range.first, .size = half});
            continue;
        }
        if (classify_failure(failure) == AcceptFailure::poison) {
            co_await keep_poison(batch, range.first, failure);
        } else {
            fail(batch, range, failure);
        }
    }
}

// Nothing when the messages of the range were stored and answered. A commit in doubt is settled by doing it again: the
// keys are the first thing written, and a key that names the message's own id says that the first try went through.
asio::awaitable<std::exception_ptr> Intake::store(const Batch& batch, Range range) {
    const auto messages = std::span(batch.messages).subspan(range.first, range.size);
    const auto work = [messages](Tx& tx) { return inbound::accept(tx, messages); };
    std::exception_ptr failure;
    for (int tries = 1; tries <= kInDoubtTries; ++tries) {
        failure = nullptr;
        try {
            const auto receipts = co_await context_.worker.run(Scope::queues(), work);
            acknowledge(batch, range.first, receipts);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure || classify_failure(failure) != AcceptFailure::in_doubt) {
            break;
        }
        co_await pause(kInDoubtPause * tries);
    }
    co_return failure;
}

void Intake::acknowledge(const Batch& batch, std::size_t first, std::span<const Receipt> receipts) {
    const auto now = std::chrono::steady_clock::now();
    bool is_news = false;
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const auto& receipt = receipts[i];
        const auto& waiter = batch.waiters[first + i];
        (receipt.conflict ? conflict_ : receipt.duplicate ? duplicate_ : accepted_).add();
        is_news = is_news || !receipt.duplicate;
        accept_seconds_.observe(std::chrono::duration<double>(now - waiter->since).count());
        waiter->answer(Result<Receipt>(receipt));
    }
    if (is_news) {
        context_.wakeups.announce(Topic::queue);
    }
}

void Intake::fail(const Batch& batch, Range range, const std::exception_ptr& failure) {
    for (std::size_t i = range.first; i < range.first + range.size; ++i) {
        batch.waiters[i]->answer(failure);
    }
}

// Refused like a body that cannot be understood, and kept like one: repeating it would fail again.
asio::awaitable<void> Intake::keep_poison(const Batch& batch, std::size_t index, std::exception_ptr failure) {
    const auto& message = batch.messages[index];
    log::error("a message cannot be stored", {{"account", message.account},
                                              {"channel", message.channel},
                                              {"external_id", message.external_id},
                                              {"error", log::describe(failure)}});
    Rejection rejection{.account = message.account,
                        .channel = message.channel,
                        .external_id = message.external_id,
                        .detail = std::string(kUnstorable),
                        .body = message.raw};
    failure = nullptr;
    try {
        co_await refuse(std::move(rejection));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        fail(batch, {.first = index, .size = 1}, failure);
        co_return;
    }
    const Error refusal{.code = Errc::invalid, .detail = std::string(kUnstorable)};
    batch.waiters[index]->answer(Result<Receipt>(refusal));
}

}  // namespace lupaus::desk::inbound
