#include "tests/integration/inbox/stream_client.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lupaus::inbox::test {

namespace {

constexpr int kTextFrame = 1;
constexpr int kCloseFrame = 8;
constexpr std::array<char, 4> kMask{0x12, 0x34, 0x56, 0x78};

std::string upgrade(std::string_view target, std::string_view fields) {
    return net::test::get(target,
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                              std::string(fields));
}

}  // namespace

StreamClient::StreamClient(std::uint16_t port, std::string_view target, std::string_view fields,
                           int receive_buffer_bytes)
    : client_(port, receive_buffer_bytes) {
    client_.send(upgrade(target, fields));
    auto line = client_.read_line();
    if (!line.starts_with("HTTP/1.1 101")) {
        handshake_.status = line.size() < 12 ? 0 : std::stoi(line.substr(9, 3));
        return;
    }
    handshake_.status = 101;
    while (!line.empty()) {
        handshake_.head += line + "\r\n";
        line = client_.read_line();
    }
}

void StreamClient::say(std::string_view text) {
    send_frame(kTextFrame, text);
}

void StreamClient::send_frame(int opcode, std::string_view text) {
    ASSERT_LT(text.size(), 65536U);
    std::string bytes(1, static_cast<char>(0x80 | opcode));
    if (text.size() < 126) {
        bytes.push_back(static_cast<char>(0x80 | text.size()));
    } else {
        bytes.push_back(static_cast<char>(0x80 | 126));
        bytes.push_back(static_cast<char>(text.size() >> 8));
        bytes.push_back(static_cast<char>(text.size() & 0xff));
    }
    bytes.append(kMask.data(), kMask.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        bytes.push_back(static_cast<char>(text[i] ^ kMask[i % kMask.size()]));
    }
    client_.send(bytes);
}

Received StreamClient::read() {
    for (;;) {
        const auto start = client_.read_exactly(2);
        if (start.size() < 2) {
            return {.json = {}, .close_code = 0, .reason = {}, .is_over = true};
        }
        auto size = static_cast<std::size_t>(start[1] & 0x7f);
        if (size >= 126) {
            const auto bytes = client_.read_exactly(size == 126 ? 2 : 8);
            size = 0;
            for (const char byte : bytes) {
                size = size << 8U | static_cast<unsigned char>(byte);
            }
        }
        const auto payload = client_.read_exactly(size);
        const int opcode = start[0] & 0x0f;
        if (opcode == kTextFrame) {
            return {.json = text::parse_json(payload).value()};
        }
        if (opcode == kCloseFrame) {
            const int code =
                static_cast<unsigned char>(payload.at(0)) * 256 + static_cast<unsigned char>(payload.at(1));
            send_frame(kCloseFrame, payload.substr(0, 2));
            return {.json = {}, .close_code = code, .reason = payload.substr(2)};
        }
    }
}

text::Json StreamClient::read_type(std::string_view type) {
    for (;;) {
        auto received = read();
        if (received.is_over || received.close_code != 0) {
            ADD_FAILURE() << "the stream ended (" << received.close_code << " " << received.reason << ") before "
                          << type;
            return {};
        }
        if (received.json["type"] == type) {
            return std::move(received.json);
        }
    }
}

}  // namespace lupaus::inbox::test
