// Calls one URL that somebody else chose: guarded, bounded, without redirects, and honest about what may have reached
// the other side. Lives on one executor; any number of send() at once. Never throws for the other side's faults.
// Source: RFC 9110, 9112; TLS 1.2 or newer with certificate and host name checked.
#pragma once

#include "common/base/limits.hpp"
#include "common/net/dial.hpp"
#include "common/net/http.hpp"
#include "common/net/resolver.hpp"
#include "common/net/url_guard.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lupaus::net {

struct ClientRequest {
    std::string method = "POST";
    std::string url;
    Headers headers{};  // Host and Content-Length are set by the client
    std::string body{};
    // Where it is given, the body is asked for while it is sent: `body_size` bytes in parts that are not empty and stay
    // until the next is asked for.
    std::uint64_t body_size = 0;
    std::function<std::string_view()> next_body_part{};
    std::chrono::milliseconds connect_wait = limits::kConnectWait;  // name, connection and TLS together
    // First byte written to last byte read; of what is sent or read in parts, for each part.
    std::chrono::milliseconds response_wait = limits::kResponseWait;
    // Asked right before the first byte is written, on a connection that stands; false ends in `not_sent`.
    std::function<bool()> before_first_byte{};
    std::size_t response_bytes_max = 0;  // 0: as the client's options have it
    // Where it is given, the answer's body goes there as it comes, in parts and with the status, and `response.body`
    // stays empty. False: no more is wanted, and the body counts as cut.
    std::function<boost::asio::awaitable<bool>(int status, std::string part)> take_part{};
};

struct ClientResponse {
    int status = 0;
    Headers headers{};
    std::string body{};
    bool is_body_cut = false;  // it was longer than response_bytes_max, or did not come whole; the status still counts
};

enum class ClientStage {
    not_sent,   // no byte of the request was written: it can be repeated freely
    uncertain,  // something was written and no answer came: the other side may have acted
    answered,   // `response` holds the answer, whatever its status
};

std::string_view to_string(ClientStage stage);  // for metrics

struct ClientResult {
    ClientStage stage = ClientStage::not_sent;
    ClientFailure failure = ClientFailure::none;
    std::string detail{};  // a sentence for whoever owns the URL
    ClientResponse response{};
};

// The rest of an answer whose head has come. One that is dropped before its end closes its connection.
class Incoming {
public:
    virtual ~Incoming() = default;

    // No more than limits::kStreamPartBytes; empty: it has ended, or was cut, or did not come in time.
    virtual boost::asio::awaitable<std::string> next() = 0;
    virtual bool is_whole() const = 0;  // nothing is missing
};

struct Opened {
    ClientResult result{};             // of an answer: without its body
    std::unique_ptr<Incoming> body{};  // where there is an answer
};

struct HttpClientOptions {
    std::size_t response_bytes_max = limits::kResponseBytesMax;
    std::size_t idle_per_origin_max = 8;  // 0: a new connection for every request
    std::chrono::milliseconds idle_wait = std::chrono::seconds{30};
    std::string ca_file{};  // trusted besides the system's authorities
    // Asked at every call: true, and it ends in `not_sent` without a name looked up or a connection opened.
    std::function<bool()> is_held{};
};

class HttpClient {
public:
    // Without a resolver the system's is used.
    HttpClient(boost::asio::any_io_executor executor, UrlGuard guard, HttpClientOptions options = {},
               std::shared_ptr<Resolver> resolver = nullptr);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    boost::asio::awaitable<ClientResult> send(ClientRequest request);

    // For bodies of any size: reading stops while nobody asks for the next part. `take_part` is not used.
    boost::asio::awaitable<Opened> open(ClientRequest request);
    void close_idle();  // at shutdown; connections in use close after their request
    std::size_t idle() const;
    const UrlGuard& guard() const;

private:
    class Call;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lupaus::net
