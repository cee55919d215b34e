// One HTTP request and one answer as plain values; no parser, socket or Beast type shows here.
// A handler owns both. Source: RFC 9110.
#pragma once

#include "common/net/event_stream.hpp"
#include "common/net/websocket.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lupaus::net {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

std::string_view to_string(Method method);
Method parse_method(std::string_view name);  // methods are case-sensitive; unknown ones are `other`

// Header fields in their order of arrival, in one block of memory. Names compare without case.
class Headers {
public:
    // Both throw std::invalid_argument on a name that is no token or a value with a control character.
    void add(std::string_view name, std::string_view value);
    void set(std::string_view name, std::string_view value);  // replaces every field of that name
    void remove(std::string_view name);

    std::optional<std::string_view> find(std::string_view name) const;  // the first of that name
    std::string_view value_or(std::string_view name, std::string_view fallback) const;
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return fields_.size(); }

    std::string_view name(std::size_t index) const;
    std::string_view value(std::size_t index) const;

private:
    struct Field {
        std::uint32_t at;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };

    std::string text_;
    std::vector<Field> fields_;
};

bool equals_ignoring_case(std::string_view a, std::string_view b);       // ASCII only
bool lists_token(std::string_view field_value, std::string_view token);  // "a, b": comma list, without case

struct Parameter {
    std::string name;
    std::string value;
};

struct Request {
    Method method = Method::get;
    std::string method_name{};
    std::string target{};             // origin form as sent: /v1/x?y=z
    std::vector<Parameter> query{};   // percent-decoded, in order; `+` is a space
    std::vector<Parameter> params{};  // what the route's {names} matched, percent-decoded
    Headers headers{};
    std::string body{};
    std::string client_address{};  // of the socket's peer, or what trusted proxies say; without port
    std::string request_id{};      // the caller's X-Request-Id if it is a decent one, else made here

    std::string_view path() const;                                             // target without the query, not decoded
    std::string_view param(std::string_view name) const;                       // empty when the route has no such name
    std::optional<std::string_view> query_value(std::string_view name) const;  // the first of that name
    bool wants_websocket() const;                                              // a well-formed upgrade request
};

// Answers with the body, which may also come in parts while it is sent, or takes the connection over: with `websocket`
// the server completes the handshake, with `stream` it sends the head, and then runs the function until it ends. The
// function must end soon once the stream says that the peer is gone or that the server stops.
struct Response {
    int status = 200;
    Headers headers{};
    std::string body{};
    // Where it is given, the body is `parts_size` bytes that are asked for one part after the other, the next when the
    // peer has taken the last. An empty part or an exception before the end cuts the connection: too short is seen.
    std::uint64_t parts_size = 0;
    std::function<boost::asio::awaitable<std::string>()> next_part{};
    std::function<boost::asio::awaitable<void>(std::unique_ptr<WebSocket>)> websocket{};
    std::function<boost::asio::awaitable<void>(std::unique_ptr<EventStream>)> stream{};
};

Response json_response(int status, std::string body);
Response text_response(int status, std::string body, std::string_view content_type = "text/plain; charset=utf-8");
Response empty_response(int status);
std::string_view reason_phrase(int status);

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

}  // namespace lupaus::net
