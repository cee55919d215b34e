// Connections that wait for the next request to the same origin. Bounded per origin and in all; what waited too long is
// closed by one timer. Lives on the I/O thread.
#pragma once

#include "common/net/client_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lupaus::net {

class ClientPool : public std::enable_shared_from_this<ClientPool> {
public:
    ClientPool(boost::asio::any_io_executor executor, std::size_t per_origin_max, std::chrono::milliseconds idle_wait);

    std::unique_ptr<ClientStream> take(const std::string& origin);  // nothing when none is usable
    void put(const std::string& origin, std::unique_ptr<ClientStream> stream);
    void close_all();  // and keep nothing from now on
    std::size_t size() const;

private:
    using Clock = std::chrono::steady_clock;

    struct Idle {
        std::unique_ptr<ClientStream> stream;
        Clock::time_point since;
    };

    void arm();
    void drop_old(Clock::time_point now);

    boost::asio::steady_timer timer_;
    std::size_t per_origin_max_;
    std::chrono::milliseconds idle_wait_;
    std::map<std::string, std::vector<Idle>> idle_;
    bool is_armed_ = false;
    bool is_closed_ = false;
};

}  // namespace lupaus::net
