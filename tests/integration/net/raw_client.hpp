// A client that sends exactly the bytes a test wants, also wrong ones, over a blocking socket. Every read has a limit
// of ten seconds and fails the test when it passes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::net::test {

struct Reply {
    int status = 0;
    std::string head;
    std::string body;

    std::string header(std::string_view name) const;  // empty when absent
};

class RawClient {
public:
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes);  // false: the peer is gone
    void end_sending();                 // half-closes
    void reset();                       // closes so that the peer sees a reset

    std::string read_line();  // without CRLF
    std::string read_exactly(std::size_t count);
    Reply read_reply(bool has_body = true);  // by Content-Length or chunks; status 0: closed before one came
    std::string read_to_end();               // what came until the peer closed
    bool is_ended();                         // the peer closed and nothing was left to read

private:
    bool fill();

    int handle_ = -1;
    std::string input_;
};

std::string get(std::string_view target, std::string_view more_fields = "");
std::string post(std::string_view target, std::string_view body, std::string_view more_fields = "");

}  // namespace lupaus::net::test
