// GET /v1/stream: one account's log, live, as WebSocket or Server-Sent Events. A stream follows the log (follower.hpp),
// takes what its client says, goes on for as long as its token holds (token_watch.hpp), and keeps the agent's presence
// alive. Lives on the I/O thread. It ends with 1008 when the token is revoked, 1013 when the reader is too slow or the
// database stays away; the client resumes from its last cursor.
#pragma once

#include "common/async/task_group.hpp"
#include "services/inbox/follower.hpp"
#include "services/inbox/gate.hpp"
#include "services/inbox/relay.hpp"
#include "services/inbox/stream_request.hpp"
#include "services/inbox/stream_wire.hpp"
#include "services/inbox/token_watch.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

inline constexpr std::string_view kStreamScope = "events:read";
inline constexpr auto kStreamLeast = desk::agent::Role::agent;

// What every stream uses; outlives them.
struct StreamHouse {
    desk::Context& desk;
    Gate& gate;
    Feed& feed;
    Relay& relay;
    TokenWatch& watch;
    Leases& leases;
    TaskGroup& tasks;
    telemetry::Gauge open;
};

// Who opened a stream and from where it goes on.
struct StreamOpening {
    crypto::Digest token{};
    PrincipalPtr principal;
    std::optional<std::int64_t> cursor;
};

class Stream : public std::enable_shared_from_this<Stream> {
public:
    Stream(StreamHouse& house, StreamOpening opening, std::unique_ptr<StreamWire> wire);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    static boost::asio::awaitable<void> run(std::shared_ptr<Stream> self);

private:
    using Clock = std::chrono::steady_clock;

    struct Farewell {
        std::uint16_t code = 0;  // 0: the peer is gone, there is nobody to tell
        std::string reason{};
    };

    boost::asio::awaitable<Farewell> follow();
    boost::asio::awaitable<bool> start_over(std::optional<std::int64_t> cursor);
    std::optional<Farewell> check_standing();
    std::string not_available() const;
    boost::asio::awaitable<bool> pass_on(std::vector<FramePtr> frames);

    static boost::asio::awaitable<void> run_reader(std::shared_ptr<Stream> self);
    boost::asio::awaitable<void> hear(std::string text);
    boost::asio::awaitable<void> put_presence(text::Json body);
    void complain(std::string detail);

    StreamHouse& house_;
    std::optional<std::int64_t> cursor_;  // from where it goes on at first
    std::unique_ptr<StreamWire> wire_;
    Doorbell bell_;
    std::shared_ptr<const Standing> standing_;
    Follower follower_;
    desk::rate::RateLimit upstream_{1};
    const std::chrono::milliseconds renew_every_;  // the lease; so long it waits for events at most
    std::optional<std::int64_t> resume_;  // the client wants to go on from there
    std::vector<std::string> complaints_;
    Clock::time_point sent_at_;
    bool is_over_ = false;
};

net::Route stream_route(StreamHouse& house);  // stream_route.cpp

}  // namespace lupaus::inbox
