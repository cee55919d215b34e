#include "services/chat/webhook.hpp"

#include "common/async/doorbell.hpp"
#include "common/async/offload.hpp"
#include "common/net/problem.hpp"
#include "common/text/json.hpp"
#include "common/text/json_writer.hpp"
#include "common/text/utf8.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/rules.hpp"
#include "services/desk/rate/refusal.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace lupaus::chat {

namespace asio = boost::asio;
using desk::ChannelId;
using desk::door::Door;
using desk::door::FoundDoor;
using desk::followup::Followup;
using desk::inbound::Parsed;

namespace {

// Above this, hashing and parsing would hold up everybody else on the I/O thread.
constexpr std::size_t kInlineBytesMax = 64 * 1024;
constexpr std::size_t kPoolThreads = 2;
constexpr std::size_t kDetailBytesMax = 2'000;
constexpr int kOk = 200;

Examined examine(const net::Request& request, const Door& door) {
    Examined examined{.signature = desk::door::check_signature(request, door)};
    if (!examined.signature) {
        return examined;
    }
    const auto body = text::parse_json(request.body);
    examined.parsed = body ? desk::inbound::parse_webhook(*body) : Result<Parsed>(body.error());
    if (body && !*examined.parsed) {
        examined.external_id = desk::inbound::find_external_id(*body);
        examined.followup = desk::followup::parse(*body);
    }
    return examined;
}

std::string full_detail(const Error& error) {
    std::string detail = error.detail;
    for (const auto& field : error.fields) {
        detail += (detail.empty() ? "" : " ") + field.field + " " + field.detail + ".";
    }
    if (detail.size() > kDetailBytesMax) {
        detail = text::utf8_prefix(detail, kDetailBytesMax);
    }
    return detail;
}

net::Response accepted_response(const desk::inbound::Receipt& receipt) {
    return net::json_response(receipt.duplicate ? 200 : 202, desk::inbound::to_json(receipt));
}

}  // namespace

Webhook::Webhook(desk::Context& context, desk::inbound::Intake& intake, desk::door::Doors& doors)
    : context_(context), intake_(intake), doors_(doors), pool_(kPoolThreads) {}

net::Handler Webhook::handler() {
    return [this](net::Request request) { return handle(std::move(request)); };
}

void Webhook::stop() {
    pool_.join();
}

asio::awaitable<net::Response> Webhook::handle(net::Request request) {
    const auto channel = parse_id<ChannelId>(request.param("channel_id"));
    FoundDoor door;
    if (channel) {
        door = co_await doors_.find(*channel);
    }
    if (!door || door->kind != desk::channel::Kind::webhook) {
        co_return net::problem(not_found("webhook channel"), request.request_id);
    }
    const auto work = [&request, &door] { return examine(request, *door); };
    Examined examined;
    if (request.body.size() > kInlineBytesMax) {
        examined = co_await offload(pool_.get_executor(), work);
    } else {
        examined = work();
    }
    if (!examined.signature) {
        doors_.note_unsigned(request, examined.signature.error());
        co_return net::problem(examined.signature.error(), request.request_id);
    }
    if (const auto allowed = doors_.allowance().take_request(*channel, *door); !allowed) {
        request.body = {};
        co_await pause(desk::rate::kRefusalPause);
        co_return net::problem(allowed.error(), request.request_id);
    }
    const Sender sender{.account = door->account, .channel = *channel};
    if (!*examined.parsed) {
        co_return co_await take_other(sender, std::move(examined), std::move(request));
    }
    co_return co_await take_message(sender, std::move(door), std::move(examined), std::move(request));
}

asio::awaitable<net::Response> Webhook::take_message(Sender sender, FoundDoor door, Examined examined,
                                                     net::Request request) {
    if (const auto allowed = doors_.allowance().take_message(*door); !allowed) {
        request.body = {};
        co_await pause(desk::rate::kRefusalPause);
        co_return net::problem(allowed.error(), request.request_id);
    }

    desk::door::DayPlace place(doors_.allowance(), *door);
    auto& parsed = **examined.parsed;
    if (!parsed.files.empty()) {
        const auto store = [this, &parsed] { desk::inbound::store_attachments(context_.blobs, parsed); };
        co_await offload(context_.blobs.executor(), store);
    }
    parsed.message.account = sender.account;
    parsed.message.channel = sender.channel;
    parsed.message.backlog = desk::inbound::is_history(parsed.message.occurred_at, system_now(), door->live_since);
    parsed.message.raw = std::move(request.body);
    const auto receipt = co_await intake_.accept(std::move(parsed.message));
    if (receipt && !receipt->duplicate) {
        place.keep();
    }
    co_return receipt ? accepted_response(*receipt) : net::problem(receipt.error(), request.request_id);
}

// What is said of something earlier, or nothing that can be understood.
asio::awaitable<net::Response> Webhook::take_other(Sender sender, Examined examined, net::Request request) {
    auto refusal = examined.parsed->error();
    if (examined.followup) {
        const auto applied = co_await follow_up(sender, *std::move(examined.followup));
        if (applied) {
            co_return net::json_response(kOk, applied->answer());
        }
        refusal = applied.error();
    }
    if (refusal.code == Errc::unavailable) {
        co_return net::problem(refusal, request.request_id);
    }
    desk::inbound::Rejection rejection{.account = sender.account,
                                       .channel = sender.channel,
                                       .external_id = std::move(examined.external_id),
                                       .body = std::move(request.body)};
    co_return co_await refuse(std::move(rejection), std::move(refusal), std::move(request.request_id));
}

asio::awaitable<Result<desk::followup::Applied>> Webhook::follow_up(Sender sender, Result<Followup> parsed) {
    if (!parsed) {
        co_return parsed.error();
    }
    desk::followup::place(*parsed, sender.account, sender.channel);
    const auto work = [this, &parsed](Tx& tx) {
        return desk::followup::apply(tx, *parsed, desk::event::Actor::system(), context_.metrics);
    };
    const auto scope = Scope::accounts(std::span(&sender.account.value, 1));
    auto applied = co_await context_.worker.run(scope, work);
    if (applied) {
        desk::followup::announce(context_.wakeups, *applied);
    }
    co_return applied;
}

asio::awaitable<net::Response> Webhook::refuse(desk::inbound::Rejection rejection, Error error,
                                               std::string request_id) {
    rejection.detail = full_detail(error);
    text::JsonWriter(error.extension).begin_object().field("rejection_id", rejection.id).end_object();
    co_await intake_.refuse(std::move(rejection));
    co_return net::problem(error, request_id);
}

}  // namespace lupaus::chat
