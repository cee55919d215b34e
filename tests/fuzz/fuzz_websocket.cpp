// What a stranger sends after the upgrade, to a real server over loopback. An even first byte: frames are made of the
// rest, masked as they must be; an odd one: the bytes themselves. However they lie, only whole texts within the limit
// and in UTF-8 arrive, and the connection ends.

#include "common/net/http_server.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

using namespace lupaus;
using fuzz::require;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kFrameBytesMax = 2048;
constexpr std::size_t kInputBytesMax = 8192;  // well below what a socket takes while nobody reads
constexpr std::chrono::seconds kEndWait{5};

asio::awaitable<void> echo(std::unique_ptr<net::WebSocket> socket) {
    auto text = co_await socket->read();
    while (text) {
        require(text->size() <= kFrameBytesMax && text::is_valid_utf8(*text));
        auto reply = std::make_shared<const std::string>(std::move(*text));
        co_await socket->write(std::move(reply));
        text = co_await socket->read();
    }
}

asio::awaitable<net::Response> take_over(net::Request) {
    net::Response response;
    response.websocket = echo;
    co_return response;
}

class Desk {
public:
    Desk() : server_(context_.get_executor(), options(), routes()) { server_.start(); }

    // False: the peer saw no end of the connection.
    bool converse(const std::string& sent) {
        tcp::socket client(context_);
        client.connect({asio::ip::address_v4::loopback(), server_.port()});
        asio::write(client, asio::buffer(kUpgrade));
        asio::write(client, asio::buffer(sent));
        client.shutdown(tcp::socket::shutdown_send);
        bool has_ended = false;
        read_on(client, has_ended);
        const auto until = std::chrono::steady_clock::now() + kEndWait;
        while ((!has_ended || server_.connections() > 0) && std::chrono::steady_clock::now() < until) {
            context_.run_one_until(until);
        }
        return has_ended && server_.connections() == 0;
    }

private:
    static constexpr std::string_view kUpgrade =
        "GET / HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    static net::HttpServerOptions options() {
        net::HttpServerOptions options;
        options.frame_bytes_max = kFrameBytesMax;
        return options;
    }

    static net::RouteTable routes() {
        net::RouteTable routes;
        routes.add({.method = "GET", .pattern = "/", .body_bytes_max = 0, .handler = take_over});
        return routes;
    }

    void read_on(tcp::socket& client, bool& has_ended) {
        client.async_read_some(asio::buffer(received_),
                               [this, &client, &has_ended](const boost::system::error_code& error, std::size_t) {
                                   has_ended = static_cast<bool>(error);
                                   if (!has_ended) {
                                       read_on(client, has_ended);
                                   }
                               });
    }

    asio::io_context context_{1};
    net::HttpServer server_;
    std::array<char, 4096> received_{};
};

// A frame each: the first two bytes (final, reserved bits and opcode), a size, so many bytes of payload, masked by
// zeros.
std::string make_frames(std::string_view bytes) {
    std::string frames;
    while (bytes.size() >= 2) {
        const auto size = std::min<std::size_t>(static_cast<unsigned char>(bytes[1]), bytes.size() - 2);
        frames.push_back(bytes[0]);
        if (size < 126) {
            frames.push_back(static_cast<char>(0x80U | size));
        } else {
            frames.append({static_cast<char>(0x80U | 126U), '\0', static_cast<char>(size)});
        }
        frames.append(4, '\0');
        frames.append(bytes.substr(2, size));
        bytes.remove_prefix(2 + size);
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > kInputBytesMax) {
        return 0;
    }
    static Desk desk;
    const auto bytes = fuzz::as_text(data + 1, size - 1);
    require(desk.converse(data[0] % 2 == 0 ? make_frames(bytes) : std::string(bytes)));
    return 0;
}
