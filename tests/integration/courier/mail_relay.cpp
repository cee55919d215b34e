#include "tests/integration/courier/mail_relay.hpp"

#include <sys/socket.h>

namespace lupaus::courier {

namespace {

constexpr std::string_view kEnd = "\r\n.\r\n";

// Up to `end`; empty: the client is gone.
std::string read_until(int handle, std::string_view end) {
    std::string bytes;
    char byte = 0;
    while (!bytes.ends_with(end)) {
        if (::recv(handle, &byte, 1, 0) != 1) {
            return "";
        }
        bytes += byte;
    }
    return bytes;
}

std::string usual_answer(std::string_view command) {
    if (command.starts_with("DATA")) {
        return "354 go on\r\n";
    }
    return command.starts_with("QUIT") ? "221 bye\r\n" : "250 ok\r\n";
}

}  // namespace

MailRelay::MailRelay() : peer_([this](net::test::PeerConnection& connection) { serve(connection); }) {}

void MailRelay::expect(std::vector<Surprise> surprises) {
    const std::lock_guard lock(mutex_);
    surprises_.assign(surprises.begin(), surprises.end());
}

std::vector<std::string> MailRelay::mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
}

std::vector<std::string> MailRelay::return_paths() const {
    const std::lock_guard lock(mutex_);
    return return_paths_;
}

Surprise MailRelay::next_surprise() {
    const std::lock_guard lock(mutex_);
    if (surprises_.empty()) {
        return {.command = "never", .answer = ""};
    }
    auto surprise = surprises_.front();
    surprises_.pop_front();
    return surprise;
}

void MailRelay::serve(net::test::PeerConnection& connection) {
    const auto surprise = next_surprise();
    connection.send("220 relay.example\r\n");
    bool is_data = false;
    while (true) {
        const auto line = read_until(connection.handle(), is_data ? kEnd : "\r\n");
        if (line.empty()) {
            return;
        }
        const std::string command = is_data ? "." : line;
        {
            const std::lock_guard lock(mutex_);
            if (is_data) {
                mails_.push_back(line.substr(0, line.size() - kEnd.size() + 2));
            } else if (line.starts_with("MAIL FROM:")) {
                return_paths_.push_back(line.substr(10, line.find('>') - 9));
            }
        }
        const bool is_surprise = command.starts_with(surprise.command);
        if (is_surprise && surprise.answer.empty()) {
            return;
        }
        connection.send(is_surprise ? surprise.answer : usual_answer(command));
        is_data = !is_surprise && command.starts_with("DATA");
        if (command.starts_with("QUIT")) {
            return;
        }
    }
}

}  // namespace lupaus::courier
