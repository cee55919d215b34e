#include "common/systemd/notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace lupaus::systemd {

namespace {

constexpr std::chrono::seconds kBeatWithoutWatchdog{5};

std::optional<std::int64_t> number_in(const char* text) {
    if (text == nullptr) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto* end = text + std::strlen(text);
    const auto [at, status] = std::from_chars(text, end, number);
    return status == std::errc() && at == end && number > 0 ? std::optional(number) : std::nullopt;
}

bool is_address(std::string_view socket) {
    return socket.size() > 1 && socket.size() < sizeof(sockaddr_un::sun_path) && (socket[0] == '/' || socket[0] == '@');
}

}  // namespace

Supervision read_supervision(const char* socket, const char* watchdog_usec, const char* watchdog_pid) {
    Supervision supervision;
    if (socket != nullptr && is_address(socket)) {
        supervision.socket = socket;
    }
    const auto length = number_in(watchdog_usec);
    const bool is_ours = watchdog_pid == nullptr || number_in(watchdog_pid) == ::getpid();
    if (length && is_ours) {
        supervision.watchdog = std::chrono::microseconds{*length};
    }
    return supervision;
}

Notifier::Notifier(Supervision supervision) : supervision_(std::move(supervision)) {
    if (!supervision_.socket.empty()) {
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
}

Notifier::~Notifier() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

std::chrono::microseconds Notifier::beat() const {
    return supervision_.watchdog ? *supervision_.watchdog / 2 : kBeatWithoutWatchdog;
}

void Notifier::say(std::string_view state) const {
    if (socket_ < 0) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(supervision_.socket, address.sun_path);
    if (address.sun_path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    const auto size = offsetof(sockaddr_un, sun_path) + supervision_.socket.size();
    ::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
             static_cast<socklen_t>(size));
}

void Notifier::say_alive(std::string_view status) const {
    say((supervision_.watchdog ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + std::string(status));
}

}  // namespace lupaus::systemd
