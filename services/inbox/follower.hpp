// Reads one account's log for one stream, from any cursor to the present and then on as things happen, without a gap
// and without a repetition: first pages of its own, as fast as the stream takes them; once it has caught up, the feed's
// hub. Lives on the I/O thread; used by one coroutine.
#pragma once

#include "services/inbox/feed.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>

namespace lupaus::inbox {

class Follower {
public:
    struct Start {
        bool is_resync = false;  // the wanted cursor cannot be resumed: what comes follows `cursor`, the newest
        std::int64_t cursor = 0;
    };

    // `bell` is rung when there is something to take; others may ring it too.
    Follower(desk::Context& desk, Feed& feed, desk::AccountId account, Doorbell bell);

    boost::asio::awaitable<Start> start(
        std::optional<std::int64_t> cursor);  // nothing: at the present; also to start over

    // What comes next; nothing when the bell was rung for something else or the limit passed.
    boost::asio::awaitable<std::vector<FramePtr>> next(std::chrono::steady_clock::duration limit);

    bool is_lost() const { return reader_ && reader_->backlog.is_lost(); }  // too slow: the stream ends

    std::int64_t cursor() const { return cursor_; }  // of the last event that next() gave

    const Reader* reader() const { return reader_.get(); }  // null while catching up

private:
    boost::asio::awaitable<std::vector<FramePtr>> read_page();

    desk::Context& desk_;
    Feed& feed_;
    desk::AccountId account_;
    Doorbell bell_;
    std::int64_t cursor_ = 0;
    bool is_current_ = false;  // the last page was not full
    std::shared_ptr<Reader> reader_;
};

}  // namespace lupaus::inbox
