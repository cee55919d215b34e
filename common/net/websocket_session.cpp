#include "common/net/shared_socket.hpp"
#include "common/net/takeover.hpp"
#include "common/text/utf8.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>
#include <optional>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kHandshakeWait{5};  // for the opening and for the goodbye
constexpr std::size_t kReasonBytesMax = 120;       // a control frame holds 125 bytes, two are the code
constexpr std::size_t kOutputKeptBytesMax = 4 * 1024;
constexpr std::size_t kInputBytes = 256;  // at a time: clients say little, and most of them nothing
constexpr std::uint16_t kUnsupportedData = 1003;
constexpr std::uint16_t kInvalidPayload = 1007;

constexpr char kTextFrame = static_cast<char>(0x81);  // final, opcode 1
constexpr std::size_t kTinyPayload = 125;
constexpr std::size_t kShortPayload = 0xffff;

void append_big_endian(std::string& out, std::size_t number, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(number >> shift & 0xffU));
    }
}

// RFC 6455, section 5.2; a server does not mask.
void append_text_frame(std::string& out, const std::string& payload) {
    out.push_back(kTextFrame);
    if (payload.size() <= kTinyPayload) {
        append_big_endian(out, payload.size(), 1);
    } else if (payload.size() <= kShortPayload) {
        out.push_back(126);
        append_big_endian(out, payload.size(), 2);
    } else {
        out.push_back(127);
        append_big_endian(out, payload.size(), 8);
    }
    out.append(payload);
}

class Session final : public TakeoverSession, public std::enable_shared_from_this<Session> {
public:
    explicit Session(Takeover takeover)
        : core_(std::move(takeover.core)),
          stream_(std::move(takeover.socket), std::move(takeover.leftover)),
          deadline_(core_->wheel,
                    [this] {
                        core_->report_cut("write wait");
                        cut_now();
                    }),
          registration_(*core_, *this),
          headers_(std::move(takeover.headers)) {}

    asio::awaitable<bool> accept(Upgrade upgrade) {
        beast::websocket::stream_base::timeout waits{};
        waits.handshake_timeout = kHandshakeWait;
        waits.idle_timeout = core_->options.stream_ping * 2;  // Beast pings at half of it
        waits.keep_alive_pings = true;
        stream_.set_option(waits);
        stream_.read_message_max(core_->options.frame_bytes_max);
        stream_.set_option(beast::websocket::stream_base::decorator([this](beast::websocket::response_type& response) {
            for (std::size_t i = 0; i < headers_.size(); ++i) {
                response.insert(headers_.name(i), headers_.value(i));
            }
        }));
        http::request<http::empty_body> request(http::verb::get, "/", 11);
        request.set(http::field::host, "upgrade");
        request.set(http::field::connection, "upgrade");
        request.set(http::field::upgrade, "websocket");
        request.set(http::field::sec_websocket_version, "13");
        request.set(http::field::sec_websocket_key, upgrade.key);
        error_code error;
        co_await stream_.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
        stream_.next_layer().watch_for_close();
        is_open_ = !error;
        is_over_ = !is_open_;
        co_return is_open_;
    }

    asio::awaitable<std::optional<std::string>> read() {
        const auto self = shared_from_this();
        if (is_over_) {
            co_return std::nullopt;
        }
        std::string message;
        do {
            const auto room = asio::buffer(input_);
            error_code error;
            const auto got = co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
            if (error) {
                is_over_ = true;
                co_return std::nullopt;
            }
            if (!stream_.got_text()) {
                co_await close(kUnsupportedData, "only text");
                co_return std::nullopt;
            }
            message.append(input_.data(), got);
        } while (!stream_.is_message_done());
        if (!text::is_valid_utf8(message)) {  // Beast misses a letter that an empty last frame leaves unfinished
            co_await close(kInvalidPayload, "not UTF-8");
            co_return std::nullopt;
        }
        co_return message;
    }

    asio::awaitable<bool> write(std::vector<WebSocket::Message> messages) {
        const auto self = shared_from_this();
        if (is_over_ || is_closing_) {
            co_return false;
        }
        for (const auto& message : messages) {
            append_text_frame(output_, *message);
        }
        deadline_.set(core_->options.write_wait);
        const bool is_written = co_await stream_.next_layer().write_frames(asio::buffer(std::as_const(output_)));
        deadline_.clear();
        output_.clear();
        if (output_.capacity() > kOutputKeptBytesMax) {
            output_ = {};
        }
        is_over_ = is_over_ || !is_written;
        co_return is_written;
    }

    asio::awaitable<void> close(std::uint16_t code, std::string reason) {
        const auto self = shared_from_this();
        if (is_over_ || is_closing_) {
            co_return;
        }
        is_closing_ = true;
        reason.resize(std::min(reason.size(), kReasonBytesMax));
        beast::websocket::close_reason farewell;
        farewell.code = code;
        farewell.reason.assign(reason.data(), reason.size());
        error_code error;
        co_await stream_.async_close(farewell, asio::redirect_error(asio::use_awaitable, error));
        is_over_ = true;
    }

    asio::awaitable<void> finish() override {
        co_await close(WebSocket::kNormal, "");
        cut_now();
    }

    // During the handshake it is too early: whoever opened the session asks again after it.
    void server_stops() override {
        if (is_open_) {
            core_->tasks.spawn("websocket goodbye", say_goodbye(shared_from_this()));
        }
    }

    void cut_now() override {
        is_over_ = true;
        error_code ignored;
        stream_.next_layer().next_layer().next_layer().close(ignored);
    }

private:
    static asio::awaitable<void> say_goodbye(std::shared_ptr<Session> session) {
        co_await session->close(WebSocket::kGoingAway, "the server restarts");
    }

    std::shared_ptr<ServerCore> core_;
    beast::websocket::stream<SharedSocket, false> stream_;
    Deadline deadline_;
    Registration registration_;
    Headers headers_;
    std::array<char, kInputBytes> input_{};
    std::string output_;
    bool is_open_ = false;
    bool is_over_ = false;
    bool is_closing_ = false;
};

class View : public WebSocket {
public:
    explicit View(std::shared_ptr<Session> session) : session_(std::move(session)) {}

    asio::awaitable<std::optional<std::string>> read() override { return session_->read(); }

    asio::awaitable<bool> write(Message message) override {
        return session_->write(std::vector<Message>(1, std::move(message)));
    }

    asio::awaitable<bool> write(std::vector<Message> messages) override { return session_->write(std::move(messages)); }

    asio::awaitable<void> close(std::uint16_t code, std::string reason) override {
        return session_->close(code, std::move(reason));
    }

    void cut() override { session_->cut_now(); }

private:
    std::shared_ptr<Session> session_;
};

}  // namespace

asio::awaitable<WebSocketOpening> open_websocket(Takeover takeover, Upgrade upgrade) {
    auto session = std::make_shared<Session>(std::move(takeover));
    const bool is_open = co_await session->accept(std::move(upgrade));
    WebSocketOpening opening;
    if (is_open) {
        opening.view = std::make_unique<View>(session);
        opening.session = std::move(session);
    }
    co_return opening;
}

}  // namespace lupaus::net
