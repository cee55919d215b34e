#include "services/inbox/stream_wire.hpp"

#include "common/text/json_writer.hpp"

#include <utility>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kRetry = "retry: 2000\n\n";  // how soon a browser comes back, in milliseconds
constexpr std::string_view kComment = ":\n\n";

class WebSocketWire final : public StreamWire {
public:
    explicit WebSocketWire(std::unique_ptr<net::WebSocket> socket) : socket_(std::move(socket)) {}

    asio::awaitable<std::optional<std::string>> read() override { return socket_->read(); }

    asio::awaitable<bool> greet(std::string type, std::int64_t cursor) override {
        std::string text;
        text::JsonWriter(text).begin_object().field("type", type).field("cursor", cursor).end_object();
        return write(std::move(text));
    }

    asio::awaitable<bool> complain(std::string detail) override {
        std::string text;
        text::JsonWriter(text).begin_object().field("type", "error").field("detail", detail).end_object();
        return write(std::move(text));
    }

    asio::awaitable<bool> send(std::vector<FramePtr> frames) override {
        std::vector<net::WebSocket::Message> messages;
        messages.reserve(frames.size());
        for (auto& frame : frames) {
            const auto* text = &frame->text;
            messages.emplace_back(std::move(frame), text);  // shares the frame
        }
        return socket_->write(std::move(messages));
    }

    asio::awaitable<bool> keep_alive() override { co_return true; }  // WebSockets have pings

    asio::awaitable<void> close(std::uint16_t code, std::string reason) override {
        return socket_->close(code, std::move(reason));
    }

    void cut() override { socket_->cut(); }

private:
    asio::awaitable<bool> write(std::string text) {
        return socket_->write(std::make_shared<const std::string>(std::move(text)));
    }

    std::unique_ptr<net::WebSocket> socket_;
};

class EventStreamWire final : public StreamWire {
public:
    explicit EventStreamWire(std::unique_ptr<net::EventStream> stream) : stream_(std::move(stream)) {}

    asio::awaitable<std::optional<std::string>> read() override {
        co_await stream_->wait_closed();
        co_return std::nullopt;
    }

    asio::awaitable<bool> greet(std::string type, std::int64_t cursor) override {
        const auto id = std::to_string(cursor);
        return stream_->write(std::string(kRetry) + net::format_event(id, type, R"({"cursor":)" + id + '}'));
    }

    asio::awaitable<bool> complain(std::string) override { co_return true; }  // it reads nothing

    asio::awaitable<bool> send(std::vector<FramePtr> frames) override {
        std::string bytes;
        for (const auto& frame : frames) {
            bytes += frame->seq == 0 ? net::format_event("", frame->type, frame->text)
                                     : net::format_event(std::to_string(frame->seq), frame->type, frame->event());
        }
        return stream_->write(std::move(bytes));
    }

    asio::awaitable<bool> keep_alive() override { return stream_->write(std::string(kComment)); }

    // There is no goodbye: the client comes back by itself and says where it was.
    asio::awaitable<void> close(std::uint16_t, std::string) override { co_return; }

    void cut() override { stream_->cut(); }

private:
    std::unique_ptr<net::EventStream> stream_;
};

}  // namespace

std::unique_ptr<StreamWire> make_wire(std::unique_ptr<net::WebSocket> socket) {
    return std::make_unique<WebSocketWire>(std::move(socket));
}

std::unique_ptr<StreamWire> make_wire(std::unique_ptr<net::EventStream> stream) {
    return std::make_unique<EventStreamWire>(std::move(stream));
}

}  // namespace lupaus::inbox
