#include "services/email/hook.hpp"

#include "common/async/doorbell.hpp"
#include "common/async/offload.hpp"
#include "common/net/problem.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/rate/refusal.hpp"

namespace lupaus::email {

namespace asio = boost::asio;
using desk::ChannelId;
using desk::door::FoundDoor;

namespace {

constexpr std::size_t kInlineBytesMax = 64 * 1024;  // hashing more would hold up everybody else on the I/O thread
constexpr int kUnsupportedMediaType = 415;

// message/global is a mail with UTF-8 in its header (RFC 6532).
bool is_mail(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find_first_of("; "));
    return net::equals_ignoring_case(type, "message/rfc822") || net::equals_ignoring_case(type, "message/global");
}

}  // namespace

net::Handler Hook::handler() {
    return [this](net::Request request) { return handle(std::move(request)); };
}

asio::awaitable<net::Response> Hook::handle(net::Request request) {
    const auto channel = parse_id<ChannelId>(request.param("channel_id"));
    FoundDoor door;
    if (channel) {
        door = co_await doors_.find(*channel);
    }
    if (!door || door->kind != desk::channel::Kind::email) {
        co_return net::problem(not_found("email channel"), request.request_id);
    }
    const auto work = [&request, &door] { return desk::door::check_signature(request, *door); };
    Result<void> signature;
    if (request.body.size() > kInlineBytesMax) {
        signature = co_await offload(mailroom_.executor(), work);
    } else {
        signature = work();
    }
    if (!signature) {
        doors_.note_unsigned(request, signature.error());
        co_return net::problem(signature.error(), request.request_id);
    }
    if (const auto allowed = doors_.allowance().take_request(*channel, *door); !allowed) {
        request.body = {};
        co_await pause(desk::rate::kRefusalPause);
        co_return net::problem(allowed.error(), request.request_id);
    }
    if (!is_mail(request.headers.value_or("Content-Type", ""))) {
        co_return net::protocol_problem(kUnsupportedMediaType, "The body must be a mail as it is: message/rfc822.",
                                        request.request_id);
    }
    if (request.body.empty()) {
        const Error empty{.code = Errc::unprocessable, .detail = "The body is empty: it must be a mail as it is."};
        co_return net::problem(empty, request.request_id);
    }
    Arrival arrival{.channel = *channel, .bytes = std::move(request.body), .received_at = system_now()};
    const auto receipt = co_await mailroom_.take(std::move(arrival));
    if (!receipt) {
        co_return net::problem(receipt.error(), request.request_id);
    }
    co_return net::json_response(receipt->duplicate ? 200 : 202, desk::inbound::to_json(*receipt));
}

}  // namespace lupaus::email
