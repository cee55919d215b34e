#include "services/email/service.hpp"

namespace lupaus::email {

Service::Service(desk::Context& context, desk::inbound::Intake& intake, desk::door::Doors& doors,
                 const boost::asio::any_io_executor& executor)
    : context_(context),
      mailroom_(context, intake, doors),
      hook_(doors, mailroom_),
      lmtp_(context, mailroom_, executor) {}

void Service::start() {
    if (const auto& listen = context_.config.email.lmtp_listen; !listen.empty()) {
        lmtp_.start(listen);
    }
}

boost::asio::awaitable<void> Service::stop() {
    return lmtp_.stop();
}

}  // namespace lupaus::email
