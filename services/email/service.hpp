// Mail in: over HTTP (Hook), fetched from the channels' mailboxes, and, where a listener is configured, over LMTP. I/O
// thread. `stop` is idempotent, and comes before that of the intake.
#pragma once

#include "services/email/hook.hpp"
#include "services/email/lmtp.hpp"
#include "services/email/mailboxes.hpp"
#include "services/email/mailroom.hpp"

namespace lupaus::email {

class Service {
public:
    struct Inside {
        desk::inbound::Intake& intake;
        desk::door::Doors& doors;
    };

    Service(desk::Context& context, const Inside& inside, const Outside& outside,
            const boost::asio::any_io_executor& executor);

    void start();  // throws where it cannot listen

    net::Handler hook() { return hook_.handler(); }

    void close();  // begins to stop, while others still do

    boost::asio::awaitable<void> stop();

    void join() { mailroom_.stop(); }  // after the last request

private:
    desk::Context& context_;
    Mailroom mailroom_;
    Hook hook_;
    Lmtp lmtp_;
    Mailboxes mailboxes_;
};

}  // namespace lupaus::email
