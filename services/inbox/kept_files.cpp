#include "services/inbox/kept_files.hpp"

#include "common/async/offload.hpp"
#include "common/text/json.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/arrival/reread.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/inbound/webhook_body.hpp"
#include "services/desk/message/files.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace asio = boost::asio;
using desk::inbound::Parsed;

asio::awaitable<void> keep_files_of_reply(const Call& call) {
    if (!call.body.contains("attachments")) {
        co_return;
    }
    const auto work = [&call] {
        text::JsonReader reader(call.body);
        const auto files = desk::message::read_files(reader, desk::message::FilesOf::agents);
        for (std::size_t i = 0; i < files.size() && !reader.error(); ++i) {
            call.desk.blobs.put(files[i].bytes);
        }
    };
    co_await offload(call.desk.blobs.executor(), work);
}

asio::awaitable<void> keep_files_of_rejection(const Call& call) {
    const auto id = path_id<desk::inbound::RejectionId>(call, "rejection", "rejection_id");
    const auto channel = path_id<desk::ChannelId>(call, "channel");
    if (!id || !channel) {
        co_return;
    }
    const auto look = [&](Tx& tx) { return desk::inbound::lock_rejection(tx, call.principal.account, *channel, *id); };
    const auto rejection = co_await call.desk.app.run(Scope::account(call.principal.account.value), look);
    if (!rejection) {
        co_return;
    }
    const auto work = [&call, &rejection] {
        const auto body = text::parse_json(rejection->body);
        auto parsed = body ? desk::inbound::parse_webhook(*body) : Result<Parsed>(body.error());
        if (parsed) {
            desk::inbound::store_attachments(call.desk.blobs, *parsed);
        }
    };
    co_await offload(call.desk.blobs.executor(), work);
}

asio::awaitable<void> keep_files_of_quarantined(const Call& call) {
    const auto id = path_id<desk::MessageId>(call, "quarantined message");
    if (!id) {
        co_return;
    }
    const auto look = [&](Tx& tx) {
        const auto held = desk::inbound::lock_quarantined(tx, call.principal.account, *id);
        return held ? desk::arrival::read_again(tx, call.desk, *held) : std::optional<Parsed>();
    };
    auto parsed = co_await call.desk.app.run(Scope::account(call.principal.account.value), look);
    if (!parsed) {
        co_return;
    }
    const auto work = [&call, &parsed] { desk::inbound::store_attachments(call.desk.blobs, *parsed); };
    co_await offload(call.desk.blobs.executor(), work);
}

}  // namespace lupaus::inbox
