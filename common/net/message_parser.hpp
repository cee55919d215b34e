// Bytes to Request or ClientResponse, without I/O: the caller feeds what it read and is told how far the message is.
// One parser serves one connection, message after message. Beast does the grammar; what it lets pass and this program
// does not (two lengths, unknown codings, trailers as fields) is refused here. Source: RFC 9112.
#pragma once

#include "common/net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::net {

enum class Progress { need_more, header, complete, refused };

struct Refusal {
    int status = 400;
    std::string detail{};
};

class RequestParser {
public:
    explicit RequestParser(std::size_t header_bytes_max);
    ~RequestParser();

    void start(Request& request);  // the next message goes there; the request must stay until complete or refused

    // Takes a part of `bytes`, counted in `used`. Stops once behind the header, so that limit_body() can be called.
    Progress put(std::string_view bytes, std::size_t& used);

    bool has_header() const;                              // `header` was reached
    void limit_body(std::size_t bytes_max);               // after `header`; a longer chunked body is refused with 413
    std::optional<std::uint64_t> content_length() const;  // after `header`
    bool has_body() const;                                // after `header`
    bool keeps_alive() const;                             // after `header`
    bool is_http_1_1() const;                             // after `header`

    const Refusal& refusal() const { return refusal_; }

private:
    struct Impl;

    Progress put_message(std::string_view bytes, std::size_t& used);
    Progress finish_header();
    Progress refuse(int status, std::string detail);

    std::size_t header_bytes_max_;
    Refusal refusal_;
    std::unique_ptr<Impl> impl_;
};

class ResponseParser {
public:
    ResponseParser(std::size_t header_bytes_max, std::size_t body_bytes_max);
    ~ResponseParser();

    void start(bool is_answer_to_head);

    // As above; a body beyond its limit is complete and `is_body_cut`. Interim (1xx) answers are skipped.
    Progress put(std::string_view bytes, std::size_t& used);
    Progress put_end();  // the peer closed

    bool has_header() const;  // the status is known
    bool keeps_alive() const;
    int status() const;

    const std::string& refusal() const { return refusal_; }

    Headers headers{};
    std::string body{};
    bool is_body_cut = false;

private:
    struct Impl;

    std::size_t header_bytes_max_;
    std::size_t body_bytes_max_;
    std::string refusal_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lupaus::net
