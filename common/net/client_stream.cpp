#include "common/net/client_stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

asio::awaitable<error_code> connect_socket(tcp::socket& socket, tcp::endpoint endpoint) {
    error_code error;
    socket.close(error);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
    }
    co_return error;
}

asio::awaitable<WriteOutcome> write_all(tcp::socket& socket, asio::const_buffer bytes) {
    WriteOutcome outcome;
    const auto count =
        co_await asio::async_write(socket, bytes, asio::redirect_error(asio::use_awaitable, outcome.error));
    outcome.is_begun = count > 0;
    co_return outcome;
}

class PlainStream : public ClientStream {
public:
    explicit PlainStream(asio::any_io_executor executor) : socket_(std::move(executor)) {}

    asio::awaitable<error_code> connect(tcp::endpoint endpoint) override { return connect_socket(socket_, endpoint); }

    asio::awaitable<std::string> secure() override { co_return std::string{}; }

    asio::awaitable<WriteOutcome> write(asio::const_buffer bytes) override { return write_all(socket_, bytes); }

    asio::awaitable<std::size_t> read(asio::mutable_buffer place) override {
        error_code error;
        const auto count = co_await socket_.async_read_some(place, asio::redirect_error(asio::use_awaitable, error));
        is_ended_cleanly_ = error == asio::error::eof;
        co_return count;
    }

    bool is_ended_cleanly() const override { return is_ended_cleanly_; }

    tcp::socket& socket() override { return socket_; }

private:
    tcp::socket socket_;
    bool is_ended_cleanly_ = false;
};

class TlsStream : public ClientStream {
public:
    TlsStream(asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> context, std::string host)
        : context_(std::move(context)), stream_(std::move(executor), *context_), host_(std::move(host)) {}

    asio::awaitable<error_code> connect(tcp::endpoint endpoint) override {
        return connect_socket(stream_.next_layer(), endpoint);
    }

    asio::awaitable<std::string> secure() override {
        error_code error;
        error_code not_literal;
        asio::ip::make_address(host_, not_literal);
        if (not_literal) {
            SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str());  // names only, RFC 6066
        }
        stream_.set_verify_callback(asio::ssl::host_name_verification(host_), error);
        is_secured_ = true;  // also when that fails: from here on nothing is said in the clear
        co_await stream_.async_handshake(asio::ssl::stream_base::client,
                                         asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            co_return std::string{};
        }
        const auto verdict = SSL_get_verify_result(stream_.native_handle());
        co_return verdict == X509_V_OK ? error.message() : std::string(X509_verify_cert_error_string(verdict));
    }

    // Bytes inside a record that was written in part cannot be read by anybody, but how far the last record came is
    // not told, so everything after the first try counts as begun.
    asio::awaitable<WriteOutcome> write(asio::const_buffer bytes) override {
        if (!is_secured_) {
            co_return co_await write_all(stream_.next_layer(), bytes);
        }
        WriteOutcome outcome;
        outcome.is_begun = true;
        co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, outcome.error));
        co_return outcome;
    }

    asio::awaitable<std::size_t> read(asio::mutable_buffer place) override {
        error_code error;
        std::size_t count = 0;
        if (is_secured_) {
            count = co_await stream_.async_read_some(place, asio::redirect_error(asio::use_awaitable, error));
        } else {
            count = co_await stream_.next_layer().async_read_some(place,
                                                                  asio::redirect_error(asio::use_awaitable, error));
        }
        is_ended_cleanly_ = error == asio::error::eof;
        co_return count;
    }

    bool is_ended_cleanly() const override { return is_ended_cleanly_; }

    tcp::socket& socket() override { return stream_.next_layer(); }

private:
    std::shared_ptr<asio::ssl::context> context_;
    asio::ssl::stream<tcp::socket> stream_;
    std::string host_;
    bool is_secured_ = false;
    bool is_ended_cleanly_ = false;
};

}  // namespace

void ClientStream::abort() {
    error_code ignored;
    socket().close(ignored);
}

bool ClientStream::is_quiet() {
    char byte = 0;
    return ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::unique_ptr<ClientStream> make_plain_stream(asio::any_io_executor executor) {
    return std::make_unique<PlainStream>(std::move(executor));
}

std::unique_ptr<ClientStream> make_tls_stream(asio::any_io_executor executor,
                                              std::shared_ptr<asio::ssl::context> context, std::string host) {
    return std::make_unique<TlsStream>(std::move(executor), std::move(context), std::move(host));
}

std::shared_ptr<asio::ssl::context> make_client_tls(const std::string& ca_file) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_default_verify_paths();
    if (!ca_file.empty()) {
        context->load_verify_file(ca_file);
    }
    context->set_verify_mode(asio::ssl::verify_peer);
    return context;
}

}  // namespace lupaus::net
