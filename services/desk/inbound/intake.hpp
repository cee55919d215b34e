// Group commit for everything that comes in: what arrived while a transaction was in flight goes in the next one, so a
// quiet desk answers at once and a busy one writes large batches. Lives on the I/O thread; its transactions run on the
// worker pool. Accounts take turns in a batch, and none has more than half of the queue. A message is acknowledged
// after COMMIT and never before. Errors of accept(): unavailable when too much waits or the intake stops; invalid for a
// message PostgreSQL cannot store. A database that is gone is an exception.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/fair_queue.hpp"
#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/inbound/types.hpp"

#include <array>
#include <exception>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace lupaus::desk::inbound {

class Intake {
public:
    Intake(Context& context, boost::asio::any_io_executor executor);
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    void start(TaskGroup& tasks);
    boost::asio::awaitable<Result<Receipt>> accept(Inbound message);

    // Keeps a body that was not accepted; the same sender sends it again if this throws.
    boost::asio::awaitable<void> refuse(Rejection rejection);

    // Refuses newcomers and returns when everything that waited was answered. Idempotent; before the TaskGroup's stop.
    boost::asio::awaitable<void> stop();

    std::size_t waiting() const { return queue_.size(); }

private:
    using Outcome = std::variant<std::monostate, Result<Receipt>, std::exception_ptr>;
    struct Waiter;
    struct Batch;
    struct Range;

    bool is_full(AccountId account, std::size_t bytes) const;
    bool has_work(std::size_t flusher) const;
    void wake_flusher();
    Batch take_batch();
    void leave();
    boost::asio::awaitable<void> run_flusher(std::size_t number);
    boost::asio::awaitable<void> take_turn(std::size_t number);
    boost::asio::awaitable<void> flush(Batch batch);
    boost::asio::awaitable<std::exception_ptr> store(const Batch& batch, Range range);
    void acknowledge(const Batch& batch, std::size_t first, std::span<const Receipt> receipts);
    boost::asio::awaitable<void> keep_poison(const Batch& batch, std::size_t index, std::exception_ptr failure);
    void fail(const Batch& batch, Range range, const std::exception_ptr& failure);

    static constexpr std::size_t kFlushers = 2;

    Context& context_;
    boost::asio::any_io_executor executor_;
    FairQueue<AccountId, std::shared_ptr<Waiter>> queue_;
    std::size_t queued_bytes_ = 0;
    std::array<Doorbell, kFlushers> bells_;
    std::array<bool, kFlushers> is_idle_{};
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    Doorbell ended_;

    telemetry::Counter accepted_;
    telemetry::Counter duplicate_;
    telemetry::Counter conflict_;
    telemetry::Counter rejected_;
    telemetry::Histogram batch_size_;
    telemetry::Histogram accept_seconds_;
    telemetry::Gauge queue_gauge_;
};

}  // namespace lupaus::desk::inbound
