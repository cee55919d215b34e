#include "services/desk/door/doors.hpp"

#include "common/crypto/webhook_signature.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/channel/store.hpp"

namespace lupaus::desk::door {

namespace asio = boost::asio;

namespace {

// A secret that cannot be opened is the operator's trouble (a lost key): nobody can sign, so nobody gets in.
void add_secret(const crypto::SecretBox& box, ChannelId channel, const std::string& sealed, Door& door) {
    const auto text = box.open(sealed);
    auto bytes = text ? crypto::parse_webhook_secret(*text) : Result<std::string>(text.error());
    if (bytes) {
        door.secrets.push_back(std::move(*bytes));
    } else {
        log::error("a channel's secret cannot be read", {{"channel", channel}, {"error", bytes.error().detail}});
    }
}

std::shared_ptr<Door> open_door(const crypto::SecretBox& box, ChannelId id, const channel::Door& sealed) {
    auto door = std::make_shared<Door>();
    door->account = sealed.account;
    door->kind = sealed.kind;
    door->live_since = sealed.live_since;
    door->inbound_per_second = sealed.inbound_per_second;
    door->messages_per_day = sealed.messages_per_day;
    add_secret(box, id, sealed.secret, *door);
    if (sealed.secret_previous) {
        add_secret(box, id, *sealed.secret_previous, *door);
    }
    return door;
}

}  // namespace

Doors::Doors(Context& context, asio::any_io_executor executor)
    : context_(context),
      cache_(std::move(executor), Nothing::remembered, [this](ChannelId id) { return load(id); }),
      allowance_(context),
      unsigned_(context.metrics.counter("lupaus_webhook_unauthenticated_total",
                                        "Webhooks whose signature, clock or headers were wrong.")) {}

void Doors::start(TaskGroup& tasks) {
    allowance_.start(tasks);
}

asio::awaitable<FoundDoor> Doors::find(ChannelId id) {
    return cache_.find(id, std::chrono::steady_clock::now());
}

void Doors::note_unsigned(const net::Request& request, const Error& why) {
    unsigned_.add();
    log::info("authentication failed", {{"request_id", request.request_id},
                                        {"client", request.client_address},
                                        {"path", request.path()},
                                        {"reason", why.detail}});
}

asio::awaitable<FoundDoor> Doors::load(ChannelId id) {
    const auto work = [this, id](Tx& tx) -> FoundDoor {
        const auto sealed = channel::find_door(tx, id);
        if (!sealed) {
            return nullptr;
        }
        auto door = open_door(context_.box, id, *sealed);
        if (door->kind == channel::Kind::email) {
            tx.narrow(Scope::accounts(std::span(&door->account.value, 1)));
            if (auto found = channel::find(tx, door->account, id)) {
                door->email = std::move(found->email);
            }
        }
        return door;
    };
    co_return co_await context_.worker.run(Scope::queues(), work);
}

Result<void> check_signature(const net::Request& request, const Door& door) {
    const crypto::SignedWebhook signed_request{.secrets = door.secrets,
                                               .id = request.headers.value_or("webhook-id", ""),
                                               .timestamp = request.headers.value_or("webhook-timestamp", ""),
                                               .signature = request.headers.value_or("webhook-signature", ""),
                                               .body = request.body,
                                               .now = system_now()};
    return crypto::verify_webhook(signed_request);
}

}  // namespace lupaus::desk::door
