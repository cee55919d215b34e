#include "services/email/service.hpp"

namespace lupaus::email {

Service::Service(desk::Context& context, const Inside& inside, const Outside& outside,
                 const boost::asio::any_io_executor& executor)
    : context_(context),
      mailroom_(context, inside.intake, inside.doors),
      hook_(inside.doors, mailroom_),
      lmtp_(context, mailroom_, executor),
      mailboxes_(context, mailroom_, outside, executor) {}

void Service::start() {
    if (const auto& listen = context_.config.email.lmtp_listen; !listen.empty()) {
        lmtp_.start(listen);
    }
    mailboxes_.start();
}

void Service::close() {
    lmtp_.close();
    mailboxes_.close();
}

boost::asio::awaitable<void> Service::stop() {
    co_await mailboxes_.stop();
    co_await lmtp_.stop();
}

}  // namespace lupaus::email
