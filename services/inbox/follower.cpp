#include "services/inbox/follower.hpp"

#include <utility>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr int kPage = 200;

}  // namespace

Follower::Follower(desk::Context& desk, Feed& feed, desk::AccountId account, Doorbell bell)
    : desk_(desk), feed_(feed), account_(account), bell_(std::move(bell)) {}

asio::awaitable<Follower::Start> Follower::start(std::optional<std::int64_t> cursor) {
    reader_.reset();
    const auto look = [this](Tx& tx) { return desk::event::extent(tx, account_); };
    const auto extent = co_await desk_.app.run(Scope::account(account_.value), look);
    Start start{.is_resync = cursor && !extent.can_resume(*cursor), .cursor = extent.newest};
    if (cursor && !start.is_resync) {
        start.cursor = *cursor;
    }
    cursor_ = start.cursor;
    is_current_ = cursor_ == extent.newest;
    reader_ = feed_.join(account_, cursor_, is_current_, bell_);
    co_return start;
}

asio::awaitable<std::vector<FramePtr>> Follower::next(std::chrono::steady_clock::duration limit) {
    if (!reader_) {
        reader_ = feed_.join(account_, cursor_, is_current_, bell_);
    }
    std::vector<FramePtr> frames;
    if (!reader_) {
        frames = co_await read_page();
        co_return frames;
    }
    if (reader_->backlog.is_empty() && !reader_->backlog.is_lost()) {
        co_await bell_.wait_for(limit);
    }
    frames = reader_->backlog.take();
    for (const auto& frame : frames) {
        cursor_ = std::max(cursor_, frame->seq);
    }
    co_return frames;
}

asio::awaitable<std::vector<FramePtr>> Follower::read_page() {
    const desk::event::Position position{.account = account_, .after = cursor_};
    const auto read = [&position](Tx& tx) {
        return desk::event::read_after(tx, std::span(&position, 1), {.events = kPage});
    };
    const auto page = co_await desk_.app.run(Scope::account(account_.value), read);
    std::vector<FramePtr> frames;
    for (const auto& event : page.events) {
        frames.push_back(make_event_frame(event.seq, event.type, event.json));
        cursor_ = event.seq;
    }
    is_current_ = !page.has_more;
    co_return frames;
}

}  // namespace lupaus::inbox
