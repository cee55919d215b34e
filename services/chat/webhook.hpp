// POST /hooks/webhook/{channel_id}: a signed message from an integrator (Standard Webhooks 1.0;
// proto/inbound.schema.json). The signature is verified on the bytes as they came, before anything else looks at them.
// 2xx only after commit; a signed body that cannot be understood is refused and kept. Lives on the I/O thread; large
// bodies and attachments are worked on in a small pool of its own.
#pragma once

#include "common/net/http.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/door/doors.hpp"
#include "services/desk/followup/followup.hpp"
#include "services/desk/inbound/intake.hpp"
#include "services/desk/inbound/webhook_body.hpp"

#include <boost/asio/thread_pool.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::chat {

inline constexpr std::string_view kWebhookPattern = "/hooks/webhook/{channel_id}";

struct Sender {
    desk::AccountId account;
    desk::ChannelId channel;
};

// What a body turned out to be.
struct Examined {
    Result<void> signature;
    std::optional<Result<desk::inbound::Parsed>> parsed{};       // only of a body that was signed
    std::optional<Result<desk::followup::Followup>> followup{};  // of one that is no message
    std::optional<std::string> external_id{};                    // of a body that was refused
};

class Webhook {
public:
    Webhook(desk::Context& context, desk::inbound::Intake& intake, desk::door::Doors& doors);
    Webhook(const Webhook&) = delete;
    Webhook& operator=(const Webhook&) = delete;

    net::Handler handler();  // valid as long as this
    void stop();             // joins the pool; after the last request

private:
    boost::asio::awaitable<net::Response> handle(net::Request request);
    boost::asio::awaitable<net::Response> take_message(Sender sender, desk::door::FoundDoor door, Examined examined,
                                                       net::Request request);
    boost::asio::awaitable<net::Response> take_other(Sender sender, Examined examined, net::Request request);
    boost::asio::awaitable<Result<desk::followup::Applied>> follow_up(Sender sender,
                                                                      Result<desk::followup::Followup> parsed);
    boost::asio::awaitable<net::Response> refuse(desk::inbound::Rejection rejection, Error error,
                                                 std::string request_id);

    desk::Context& context_;
    desk::inbound::Intake& intake_;
    desk::door::Doors& doors_;
    boost::asio::thread_pool pool_;
};

}  // namespace lupaus::chat
