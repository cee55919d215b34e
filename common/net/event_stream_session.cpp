#include "common/net/takeover.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string chunk_header(std::size_t size) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    return std::string(digits.data(), end).append("\r\n");
}

class Session final : public TakeoverSession, public std::enable_shared_from_this<Session> {
public:
    Session(Takeover takeover, bool is_chunked)
        : core_(std::move(takeover.core)),
          socket_(std::move(takeover.socket)),
          deadline_(core_->wheel,
                    [this] {
                        core_->report_cut("write wait");
                        cut_now();
                    }),
          registration_(*core_, *this),
          is_chunked_(is_chunked) {}

    asio::awaitable<bool> write(std::string bytes) {
        const auto self = shared_from_this();
        if (is_over_ || bytes.empty()) {
            co_return !is_over_;
        }
        const auto header = is_chunked_ ? chunk_header(bytes.size()) : std::string{};
        const std::string_view trailer = is_chunked_ ? "\r\n" : "";
        const std::array<asio::const_buffer, 3> buffers{asio::buffer(header), asio::buffer(std::as_const(bytes)),
                                                        asio::buffer(trailer)};
        error_code error;
        deadline_.set(core_->options.write_wait);
        co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
        deadline_.clear();
        is_broken_ = is_broken_ || error;
        is_over_ = is_over_ || error;
        co_return !is_over_;
    }

    // A client has nothing more to say here, so whatever it sends is dropped; the end of its side ends the stream.
    asio::awaitable<void> wait_closed() {
        const auto self = shared_from_this();
        std::array<char, 512> dropped{};
        error_code error;
        while (!is_over_ && !error) {
            co_await socket_.async_read_some(asio::buffer(dropped), asio::redirect_error(asio::use_awaitable, error));
        }
        is_over_ = true;
    }

    asio::awaitable<void> finish() override {
        if (socket_.is_open() && !is_broken_) {
            error_code error;
            if (is_chunked_) {
                deadline_.set(core_->options.write_wait);
                co_await asio::async_write(socket_, asio::buffer(kLastChunk),
                                           asio::redirect_error(asio::use_awaitable, error));
                deadline_.clear();
            }
            socket_.end_sending();
        }
        cut_now();
    }

    void server_stops() override {
        is_over_ = true;
        error_code ignored;
        socket_.next_layer().cancel(ignored);
    }

    void cut_now() override {
        is_over_ = true;
        error_code ignored;
        socket_.next_layer().close(ignored);
    }

private:
    std::shared_ptr<ServerCore> core_;
    ServerSocket socket_;
    Deadline deadline_;
    Registration registration_;
    bool is_chunked_;
    bool is_over_ = false;
    bool is_broken_ = false;  // a write ended early: a last chunk would be read as the rest of its data
};

class View : public EventStream {
public:
    explicit View(std::shared_ptr<Session> session) : session_(std::move(session)) {}

    asio::awaitable<bool> write(std::string bytes) override { return session_->write(std::move(bytes)); }

    asio::awaitable<void> wait_closed() override { return session_->wait_closed(); }

    void cut() override { session_->cut_now(); }

private:
    std::shared_ptr<Session> session_;
};

}  // namespace

std::string format_event(std::string_view id, std::string_view event, std::string_view data) {
    std::string text;
    text.reserve(id.size() + event.size() + data.size() + 24);
    if (!id.empty()) {
        text.append("id: ").append(id).append("\n");
    }
    if (!event.empty()) {
        text.append("event: ").append(event).append("\n");
    }
    do {
        const auto end = std::min(data.find('\n'), data.size());
        text.append("data: ").append(data.substr(0, end)).append("\n");
        data.remove_prefix(std::min(end + 1, data.size()));
    } while (!data.empty());
    return text.append("\n");
}

EventStreamOpening open_event_stream(Takeover takeover, bool is_chunked) {
    auto session = std::make_shared<Session>(std::move(takeover), is_chunked);
    auto view = std::make_unique<View>(session);
    return {.session = std::move(session), .view = std::move(view)};
}

}  // namespace lupaus::net
