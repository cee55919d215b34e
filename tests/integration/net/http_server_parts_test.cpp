// Answers whose body is asked for while it is sent.
#include "common/net/http_server.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kPartBytes = 100'000;
constexpr std::size_t kParts = 200;

class HttpServerPartsTest : public ::testing::Test {
protected:
    asio::awaitable<std::string> next(std::size_t number) {
        ++asked_;
        notes_.add("asked");
        if (number == fails_at_) {
            throw std::runtime_error("the disk is gone");
        }
        co_return number == ends_at_ ? std::string() : std::string(kPartBytes, 'x');
    }

    Response make() {
        auto response = text_response(200, {});
        response.parts_size = kParts * kPartBytes;
        response.next_part = [this, number = std::size_t{0}]() mutable { return next(number++); };
        return response;
    }

    asio::awaitable<Response> answer(Request) { co_return make(); }

    RouteTable routes() {
        RouteTable table;
        add(table, "GET", "/", [this](Request request) { return answer(std::move(request)); });
        return table;
    }

    Notes notes_;
    std::atomic<std::size_t> asked_ = 0;
    std::size_t fails_at_ = kParts;
    std::size_t ends_at_ = kParts;
};

TEST_F(HttpServerPartsTest, SendsAllPartsAndGoesOn) {
    RunningServer server(routes(), {}, hooks_into(notes_));
    RawClient client(server.port());
    for (int i = 0; i < 2; ++i) {
        client.send(get("/"));
        const auto reply = client.read_reply();
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, std::string(kParts * kPartBytes, 'x'));
    }
    EXPECT_EQ(asked_, 2 * kParts) << "and none is asked for beyond the end";
}

TEST_F(HttpServerPartsTest, WaitsForAPeerThatIsSlow) {
    RunningServer server(routes(), {}, hooks_into(notes_));
    RawClient client(server.port(), 64 * 1024);
    client.send(get("/"));
    client.read_line();
    EXPECT_TRUE(notes_.wait_for("asked"));
    RawClient other(server.port());
    other.send(get("/nowhere"));
    EXPECT_EQ(other.read_reply().status, 404);
    EXPECT_LT(asked_, kParts / 2) << "what the sockets hold is all that was made";
}

TEST_F(HttpServerPartsTest, CutsWhatEndsTooSoon) {
    ends_at_ = 3;
    RunningServer server(routes(), {}, hooks_into(notes_));
    RawClient client(server.port());
    client.send(get("/"));
    const auto all = client.read_to_end();
    EXPECT_NE(all.find("Content-Length: 20000000\r\n"), std::string::npos);
    EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, 3 * kPartBytes);
}

TEST_F(HttpServerPartsTest, CutsWhatFailsAndReportsIt) {
    fails_at_ = 2;
    auto hooks = hooks_into(notes_);
    hooks.map_exception = [this](std::exception_ptr, std::string_view) {
        notes_.add("failure");
        return Error{};
    };
    RunningServer server(routes(), {}, std::move(hooks));
    RawClient client(server.port());
    client.send(get("/"));
    const auto all = client.read_to_end();
    EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, 2 * kPartBytes);
    EXPECT_TRUE(notes_.wait_for("failure"));
    EXPECT_TRUE(notes_.wait_for("cut: body"));
}

}  // namespace
}  // namespace lupaus::net::test
