// One connection of the server: TLS handshake, if any → idle → header → body → handler → answer → idle, in one
// coroutine. A request is read completely before its handler runs, the next one is looked at when the answer is
// written, so pipelining is safe.
// Lives on the I/O thread, inside its coroutine's frame.
#pragma once

#include "common/net/message_parser.hpp"
#include "common/net/read_buffer.hpp"
#include "common/net/server_core.hpp"
#include "common/net/server_socket.hpp"
#include "common/net/takeover.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lupaus::net {

class HttpConnection final : public LiveConnection {
public:
    HttpConnection(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket);

    boost::asio::awaitable<void> run();
    void server_stops() override;
    void cut_now() override;

private:
    // Everything about the request that is being served; made anew for each.
    struct Exchange {
        Request request{};
        RouteMatch match{};
        Method method = Method::get;
        std::string request_id{};
        std::string client_address{};
        std::optional<Upgrade> upgrade{};
        std::size_t request_bytes = 0;
        std::chrono::steady_clock::time_point started{};
        bool keeps_alive = false;
    };

    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<bool> serve();  // one request; true: the connection is ready for the next
    boost::asio::awaitable<Progress> read_header();
    boost::asio::awaitable<Progress> read_body();
    boost::asio::awaitable<bool> read_more();
    boost::asio::awaitable<Response> call_handler();
    boost::asio::awaitable<bool> respond(Response response);
    boost::asio::awaitable<bool> respond_and_close(Response response);
    boost::asio::awaitable<bool> send(boost::asio::const_buffer body);
    boost::asio::awaitable<std::uint64_t> send_parts(Response& response);
    boost::asio::awaitable<void> take_over_websocket(Response response);
    boost::asio::awaitable<void> take_over_stream(Response response);
    boost::asio::awaitable<void> run_guarded(boost::asio::awaitable<void> stream);
    boost::asio::awaitable<void> linger();
    Takeover take_socket(Headers headers);

    void begin_exchange();  // what tells of a request is of the next one
    void identify();
    std::string client_address() const;
    std::optional<Response> refuse_unrouted() const;
    Response refuse_by_parser() const;
    Response refuse_crowded() const;
    Response refuse_slow(std::string_view what);
    void expect_within(std::chrono::milliseconds wait);
    void report(int status, std::size_t response_bytes) const;

    std::shared_ptr<ServerCore> core_;
    ServerSocket socket_;
    boost::asio::ip::address peer_;
    std::string peer_text_;  // empty: gone before anybody could ask
    bool is_peer_trusted_ = false;
    Deadline deadline_;
    Registration registration_;
    RequestParser parser_;
    BodyShare body_share_;
    ReadBuffer input_;
    std::string output_;
    Exchange exchange_;
    bool is_first_ = true;
    bool is_waiting_for_request_ = false;  // nothing of the next request has arrived
    bool is_expired_ = false;
    bool is_crowded_ = false;  // the other bodies left no room for this one
    bool must_linger_ = false;
};

}  // namespace lupaus::net
