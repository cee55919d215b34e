#include "services/lupaus/cli/webhook_call.hpp"

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"
#include "common/crypto/webhook_signature.hpp"

namespace lupaus::cli {

net::ClientRequest sign_message(const std::string& url, std::string_view secret, std::string body) {
    const auto id = "msg_" + to_string(make_uuid_v7());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count();
    net::ClientRequest request;
    request.url = url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", std::to_string(seconds));
    request.headers.add("webhook-signature", crypto::sign_webhook(secret, id, seconds, body));
    request.body = std::move(body);
    return request;
}

net::UrlGuard open_guard() {
    return net::UrlGuard({net::parse_cidr("0.0.0.0/0").value(), net::parse_cidr("::/0").value()});
}

}  // namespace lupaus::cli
