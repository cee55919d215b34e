// One outgoing connection, plain or TLS, behind one interface. Operations never throw for the peer's faults; abort()
// ends whatever is pending. A TLS stream speaks plain text until secure() (STARTTLS) and TLS from then on. I/O thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace lupaus::net {

struct WriteOutcome {
    boost::system::error_code error;
    bool is_begun = false;  // some of the bytes may have left
};

class ClientStream {
public:
    virtual ~ClientStream() = default;

    virtual boost::asio::awaitable<boost::system::error_code> connect(boost::asio::ip::tcp::endpoint endpoint) = 0;
    virtual boost::asio::awaitable<std::string> secure() = 0;  // TLS; what went wrong, or empty
    virtual boost::asio::awaitable<WriteOutcome> write(boost::asio::const_buffer bytes) = 0;
    virtual boost::asio::awaitable<std::size_t> read(boost::asio::mutable_buffer place) = 0;  // 0: ended
    virtual bool is_ended_cleanly() const = 0;  // the peer said that nothing follows (a cut TLS stream does not)

    virtual boost::asio::ip::tcp::socket& socket() = 0;
    void abort();
    bool is_quiet();  // idle and still open: the peer has neither closed nor said anything
};

std::unique_ptr<ClientStream> make_plain_stream(boost::asio::any_io_executor executor);
std::unique_ptr<ClientStream> make_tls_stream(boost::asio::any_io_executor executor,
                                              std::shared_ptr<boost::asio::ssl::context> context, std::string host);

// Verifies peers against the system's authorities and, if given, those of the file. TLS 1.2 or newer.
std::shared_ptr<boost::asio::ssl::context> make_client_tls(const std::string& ca_file);

}  // namespace lupaus::net
