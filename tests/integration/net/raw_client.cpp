#include "tests/integration/net/raw_client.hpp"

#include "common/net/http.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace lupaus::net::test {

namespace {

constexpr int kReadLimitSeconds = 10;

}  // namespace

std::string Reply::header(std::string_view name) const {
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
        const auto end = head.find("\r\n", at);
        const auto line = std::string_view(head).substr(at, end - at);
        const auto colon = line.find(':');
        if (equals_ignoring_case(line.substr(0, colon), name)) {
            return std::string(line.substr(line.find_first_not_of(' ', colon + 1)));
        }
        at = end + 2;
    }
    return {};
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes) : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
        ::setsockopt(handle_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
    }
    const timeval limit{kReadLimitSeconds, 0};
    ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const int on = 1;
    ::setsockopt(handle_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(handle_, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) != 0) {
        ::close(handle_);
        throw std::runtime_error("nobody listens on port " + std::to_string(port));
    }
}

RawClient::~RawClient() {
    if (handle_ >= 0) {
        ::close(handle_);
    }
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawClient::end_sending() {
    ::shutdown(handle_, SHUT_WR);
}

void RawClient::reset() {
    const linger hard{1, 0};
    ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    ::close(handle_);
    handle_ = -1;
}

std::string RawClient::read_line() {
    auto end = input_.find("\r\n");
    while (end == std::string::npos && fill()) {
        end = input_.find("\r\n");
    }
    if (end == std::string::npos) {
        return {};
    }
    auto line = input_.substr(0, end);
    input_.erase(0, end + 2);
    return line;
}

std::string RawClient::read_exactly(std::size_t count) {
    while (input_.size() < count && fill()) {
    }
    auto bytes = input_.substr(0, count);
    input_.erase(0, count);
    return bytes;
}

Reply RawClient::read_reply(bool has_body) {
    Reply reply;
    auto end = input_.find("\r\n\r\n");
    while (end == std::string::npos && fill()) {
        end = input_.find("\r\n\r\n");
    }
    if (end == std::string::npos) {
        return reply;
    }
    reply.head = input_.substr(0, end + 2);
    input_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    if (!has_body) {
        return reply;
    }
    if (const auto length = reply.header("Content-Length"); !length.empty()) {
        reply.body = read_exactly(std::stoul(length));
    } else if (reply.header("Transfer-Encoding") == "chunked") {
        std::size_t size = 0;
        do {
            size = std::stoul(read_line(), nullptr, 16);
            reply.body += read_exactly(size);
            read_line();
        } while (size > 0);
    }
    return reply;
}

std::string RawClient::read_to_end() {
    while (fill()) {
    }
    return std::exchange(input_, {});
}

bool RawClient::is_ended() {
    return !fill() && input_.empty();
}

bool RawClient::fill() {
    char bytes[16 * 1024];
    const auto count = ::recv(handle_, bytes, sizeof(bytes), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        ADD_FAILURE() << "nothing came within " << kReadLimitSeconds << " s";
    }
    if (count <= 0) {
        return false;
    }
    input_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

std::string get(std::string_view target, std::string_view more_fields) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more_fields) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view more_fields) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + std::string(more_fields) + "\r\n" + std::string(body);
}

}  // namespace lupaus::net::test
