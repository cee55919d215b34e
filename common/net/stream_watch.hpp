// One outgoing connection whose waits end: what is pending when the time is up is aborted. Held by shared_ptr, since the
// timer's handler may be queued when its owner has gone. Lives on the I/O thread.
#pragma once

#include "common/net/client_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace lupaus::net {

class StreamWatch : public std::enable_shared_from_this<StreamWatch> {
public:
    explicit StreamWatch(boost::asio::any_io_executor executor);

    void set(std::chrono::steady_clock::duration wait);  // instead of the one before
    void clear();

    std::unique_ptr<ClientStream> stream;
    bool is_expired = false;

private:
    boost::asio::steady_timer timer_;
    std::uint64_t round_ = 0;
};

}  // namespace lupaus::net
