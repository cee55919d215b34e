// The floor of the live feed: a loop around Beast that does nothing but write. Readers connect to /GROUP; a line
// "GROUP COUNT" on standard input sends so many frames to every reader of the group, each as it comes, one write at a
// time, which is what Beast allows. It prints its port and ends with its input.
// Usage: bare_feed FRAME_BYTES
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Frame = std::shared_ptr<const std::string>;

struct Reader : std::enable_shared_from_this<Reader> {
    explicit Reader(tcp::socket socket) : stream(std::move(socket)) {}

    void push(const Frame& frame) {
        waiting.push_back(frame);
        if (!is_writing) {
            is_writing = true;
            write_next();
        }
    }

    void write_next() {
        const auto frame = waiting.front();
        stream.async_write(asio::buffer(*frame), [self = shared_from_this(), frame](error_code error, std::size_t) {
            self->waiting.pop_front();
            if (!error && !self->waiting.empty()) {
                self->write_next();
            } else {
                self->is_writing = false;
            }
        });
    }

    beast::websocket::stream<tcp::socket> stream;
    std::deque<Frame> waiting;
    bool is_writing = false;
};

using Groups = std::multimap<int, std::shared_ptr<Reader>>;

asio::awaitable<void> serve(std::shared_ptr<Reader> reader, Groups& groups) {
    error_code error;
    beast::flat_buffer buffer;
    beast::http::request<beast::http::empty_body> request;
    auto& stream = reader->stream;
    co_await beast::http::async_read(stream.next_layer(), buffer, request,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_await stream.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        co_return;
    }
    stream.next_layer().set_option(tcp::no_delay(true));
    stream.text(true);
    groups.emplace(std::stoi(std::string(request.target().substr(1))), reader);
    while (!error) {
        co_await stream.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
        buffer.consume(buffer.size());
    }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, Groups& groups) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        auto serving = serve(std::make_shared<Reader>(std::move(socket)), groups);
        asio::co_spawn(acceptor.get_executor(), std::move(serving), [](std::exception_ptr) {});
    }
}

Frame make_frame(std::size_t bytes) {
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    auto text = R"({"at":)" + std::to_string(now) + R"(,"rest":")";
    text.resize(std::max(bytes, text.size() + 2) - 2, 'x');
    return std::make_shared<const std::string>(text + "\"}");
}

asio::awaitable<void> obey(asio::posix::stream_descriptor& input, Groups& groups, std::size_t bytes) {
    std::string lines;
    error_code error;
    while (!error) {
        auto into = asio::dynamic_buffer(lines);
        const auto size =
            co_await asio::async_read_until(input, into, '\n', asio::redirect_error(asio::use_awaitable, error));
        int group = 0, count = 0;
        if (std::sscanf(lines.substr(0, size).c_str(), "%d %d", &group, &count) == 2) {
            for (int i = 0; i < count; ++i) {
                const auto frame = make_frame(bytes);
                const auto [first, last] = groups.equal_range(group);
                for (auto known = first; known != last; ++known) {
                    known->second->push(frame);
                }
            }
        }
        lines.erase(0, size);
    }
}

}  // namespace

int main(int argc, char** argv) {
    asio::io_context io(1);
    Groups groups;
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0}, true);
    acceptor.listen(4096);
    std::printf("%d\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::posix::stream_descriptor input(io, ::dup(0));
    asio::co_spawn(io, accept_all(acceptor, groups), [](std::exception_ptr) {});
    auto obeying = obey(input, groups, argc > 1 ? std::stoul(argv[1]) : 1000);
    asio::co_spawn(io, std::move(obeying), [&](std::exception_ptr) {
        error_code ignored;
        acceptor.close(ignored);
        for (auto& [group, reader] : groups) {
            reader->stream.next_layer().close(ignored);
        }
    });
    io.run();
}
