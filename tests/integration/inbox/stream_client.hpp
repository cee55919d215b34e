// A blocking WebSocket client for tests: JSON in, JSON out. Source: RFC 6455.
#pragma once

#include "common/text/json.hpp"
#include "tests/integration/net/raw_client.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace lupaus::inbox::test {

struct Received {
    text::Json json{};   // of a text frame
    int close_code = 0;  // the server said goodbye
    std::string reason{};
    bool is_over = false;  // the connection ended
};

class StreamClient {
public:
    // `fields` are header lines besides the handshake's own: "Authorization: Bearer …\r\n".
    StreamClient(std::uint16_t port, std::string_view target, std::string_view fields, int receive_buffer_bytes = 0);

    const net::test::Reply& handshake() const { return handshake_; }  // 101 when it is open

    void say(std::string_view text);
    Received read();  // the next frame that is no ping
    text::Json read_type(
        std::string_view type);  // skips frames of other types; fails the test at the end of the stream

private:
    void send_frame(int opcode, std::string_view text);

    net::test::RawClient client_;
    net::test::Reply handshake_;
};

}  // namespace lupaus::inbox::test
