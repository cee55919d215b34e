// A mail server in the clear that takes every mail, unless it is told to answer one of its commands otherwise or to
// break the link instead. One connection after the other, on a thread of its own.
#pragma once

#include "tests/integration/net/scripted_peer.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace lupaus::courier {

// On the next connection, at the command that begins so ("RCPT", "." the end of a mail): this answer; "" breaks it.
struct Surprise {
    std::string command;
    std::string answer;
};

class MailRelay {
public:
    MailRelay();

    void expect(std::vector<Surprise> surprises);  // of one connection each
    std::vector<std::string> mails() const;        // that came whole, however they were answered
    std::vector<std::string> return_paths() const;

    std::uint16_t port() const { return peer_.port(); }

private:
    void serve(net::test::PeerConnection& connection);
    Surprise next_surprise();

    mutable std::mutex mutex_;
    std::deque<Surprise> surprises_;
    std::vector<std::string> mails_, return_paths_;
    net::test::ScriptedPeer peer_;
};

}  // namespace lupaus::courier
