#include "tests/integration/net/scripted_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tuple>
#include <utility>

namespace lupaus::net::test {

namespace {

std::pair<int, std::uint16_t> listen_somewhere() {
    const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(handle, reinterpret_cast<const sockaddr*>(&place), sizeof(place));
    ::listen(handle, 16);
    socklen_t size = sizeof(place);
    ::getsockname(handle, reinterpret_cast<sockaddr*>(&place), &size);
    return {handle, ntohs(place.sin_port)};
}

}  // namespace

std::string PeerConnection::read_request() {
    std::string bytes;
    std::size_t wanted = std::string::npos;
    while (bytes.size() < wanted) {
        char piece[4096];
        const auto count = ::recv(handle_, piece, sizeof(piece), 0);
        if (count <= 0) {
            return {};
        }
        bytes.append(piece, static_cast<std::size_t>(count));
        const auto end = bytes.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto length = bytes.find("Content-Length: ");
            wanted = end + 4 + (length < end ? std::stoul(bytes.substr(length + 16)) : 0);
        }
    }
    return bytes;
}

void PeerConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void PeerConnection::reset() {
    const linger hard{1, 0};
    ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void PeerConnection::wait_for_end() {
    char piece[4096];
    while (::recv(handle_, piece, sizeof(piece), 0) > 0) {
    }
}

ScriptedPeer::ScriptedPeer(Script script) {
    std::tie(listener_, port_) = listen_somewhere();
    thread_ = std::thread([this, script = std::move(script)] { run(script); });
}

ScriptedPeer::~ScriptedPeer() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        ::shutdown(open_, SHUT_RDWR);
    }
    thread_.join();
    ::close(listener_);
}

std::string ScriptedPeer::url(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

int ScriptedPeer::accepted() const {
    return accepted_;
}

void ScriptedPeer::run(const Script& script) {
    while (true) {
        const int handle = ::accept(listener_, nullptr, nullptr);
        if (handle < 0) {
            return;
        }
        if (!begin(handle)) {
            ::close(handle);
            return;
        }
        PeerConnection connection(handle);
        script(connection);
        end(handle);
    }
}

bool ScriptedPeer::begin(int handle) {
    const std::lock_guard lock(mutex_);
    if (is_over_) {
        return false;
    }
    open_ = handle;
    ++accepted_;
    return true;
}

void ScriptedPeer::end(int handle) {
    const std::lock_guard lock(mutex_);
    open_ = -1;
    ::close(handle);
}

std::uint16_t closed_port() {
    const auto [handle, port] = listen_somewhere();
    ::close(handle);
    return port;
}

}  // namespace lupaus::net::test
