#include "common/net/stream_watch.hpp"

#include <utility>

namespace lupaus::net {

StreamWatch::StreamWatch(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}

void StreamWatch::set(std::chrono::steady_clock::duration wait) {
    const auto round = ++round_;
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this(), round](const boost::system::error_code& error) {
        if (!error && round == self->round_) {
            self->is_expired = true;
            if (self->stream) {
                self->stream->abort();
            }
        }
    });
}

void StreamWatch::clear() {
    ++round_;
    timer_.cancel();
}

}  // namespace lupaus::net
