#include "services/inbox/rejections.hpp"

#include "common/text/json.hpp"
#include "services/desk/arrival/reread.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/followup/followup.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "services/desk/inbound/rules.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/inbound/webhook_body.hpp"
#include "services/desk/unfetched/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"

namespace lupaus::inbox {

namespace {

using desk::ChannelId;
using desk::MessageId;
using desk::inbound::Fate;
using desk::inbound::FateState;
using desk::inbound::Quarantined;
using desk::inbound::Rejection;
using desk::inbound::RejectionCursor;
using desk::inbound::RejectionId;
using desk::inbound::RejectionReason;

constexpr std::string_view kRejectionsNewest = "rejections.newest";
constexpr std::string_view kQuarantineById = "quarantine.id";

std::string_view word(FateState state) {
    switch (state) {
        case FateState::queued:
            return "queued";
        case FateState::routed:
            return "routed";
        case FateState::quarantined:
            return "quarantined";
        case FateState::rejected:
            return "rejected";
    }
    return "queued";
}

std::string fate_json(std::string_view external_id, const Fate& fate) {
    const bool is_routed = fate.state == FateState::routed;
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().field("external_id", external_id).field("state", word(fate.state));
    json.field("inbound_id", id_or_null(fate.id)).field("conversation_id", id_or_null(fate.conversation));
    json.field("message_id", is_routed ? id_or_null(fate.id) : std::nullopt);
    json.field("error", fate.error).field("duplicates", fate.duplicates);
    json.field("conflicts", fate.conflicts).end_object();
    return body;
}

void write_rejection(text::JsonWriter& json, const Rejection& rejection) {
    json.begin_object().field("id", rejection.id);
    json.field("reason", rejection.reason == RejectionReason::conflict ? "conflict" : "refused");
    json.field("external_id", rejection.external_id).field("detail", rejection.detail);
    json.field("body", rejection.body).field("body_bytes", rejection.body_bytes);
    json.field("received_at", rejection.received_at).field("replayed_at", rejection.replayed_at).end_object();
}

void write_quarantined(text::JsonWriter& json, const Quarantined& item) {
    const auto command = desk::inbound::decode_command(item.payload);
    const auto message = desk::inbound::decode(std::string_view(item.payload));
    const auto kind = command ? command->kind : desk::inbound::Kind::message;
    json.begin_object().field("id", item.id).field("kind", desk::inbound::to_string(kind));
    json.field("channel_id", id_or_null(item.channel));
    json.field("external_id", message ? std::optional(message->external_id) : std::nullopt);
    json.field("sender_id", message && !message->sender_id.empty() ? std::optional(message->sender_id) : std::nullopt);
    json.field("error", item.error).field("fetching_since", item.asked_at);
    json.field("received_at", item.received_at).field("quarantined_at", item.quarantined_at).end_object();
}

// Why it is refused still, after whatever was mended since.
Error still_refused(const Error& why) {
    Error error{.code = Errc::conflict, .detail = "The body is refused as before: " + why.detail};
    for (const auto& field : why.fields) {
        error.detail += " " + field.field + " " + field.detail + ".";
    }
    return error;
}

// A conflict's own id is taken for good, so its message gets one that names the rejection: replayed twice, stored once.
std::string replayed_id(const Rejection& rejection, std::string external_id) {
    return rejection.reason == RejectionReason::conflict ? std::move(external_id) + "~" + to_string(rejection.id)
                                                         : std::move(external_id);
}

void announce_queue(Tx& tx, const Call& call) {
    tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::queue); });
}

Result<Answer> replay_followup(Tx& tx, const Call& call, const Rejection& rejection,
                               Result<desk::followup::Followup> parsed) {
    if (!parsed) {
        return still_refused(parsed.error());
    }
    desk::followup::place(*parsed, call.principal.account, rejection.channel);
    desk::inbound::mark_replayed(tx, call.principal.account, rejection.id);
    const auto applied = desk::followup::apply(tx, *parsed, call.actor(), call.desk.metrics);
    if (!applied) {
        return still_refused(applied.error());
    }
    tx.after_commit([&wakeups = call.desk.wakeups, applied = *applied] { desk::followup::announce(wakeups, applied); });
    return Answer{.status = 200, .body = applied->answer(), .version = 0};
}

Answer retried(MessageId id, std::string_view state) {
    std::string body;
    text::JsonWriter(body).begin_object().field("id", id).field("state", state).end_object();
    return {.status = 202, .body = std::move(body), .version = 0};
}

bool is_channel(Tx& tx, const Call& call, const Result<ChannelId>& channel) {
    return channel && desk::channel::find(tx, call.principal.account, *channel).has_value();
}

}  // namespace

Result<Answer> handle_find_inbound(Tx& tx, const Call& call) {
    const auto channel = path_id<ChannelId>(call, "channel");
    const auto external_id = call.request.param("external_id");
    if (!channel) {
        return channel.error();
    }
    const auto fate = desk::inbound::find_receipt(tx, call.principal.account, *channel, external_id);
    if (!fate) {
        return not_found("inbound message");
    }
    return found(fate_json(external_id, *fate), 0);
}

Result<Answer> handle_list_rejections(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kRejectionsNewest);
    if (!page) {
        return page.error();
    }
    const auto channel = path_id<ChannelId>(call, "channel");
    if (!is_channel(tx, call, channel)) {
        return not_found("channel");
    }
    std::optional<RejectionCursor> before;
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        before = RejectionCursor{.received_at = *at, .id = RejectionId{page->after->id}};
    }
    const auto rows = desk::inbound::list_rejections(tx, call.principal.account, *channel, before, page->limit + 1);
    const auto place = [](const Rejection& last) { return time_cursor(last.received_at, last.id.value); };
    return found(write_page(kRejectionsNewest, *page, rows, write_rejection, place), 0);
}

Result<Answer> handle_replay_rejection(Tx& tx, const Call& call) {
    const auto id = path_id<RejectionId>(call, "rejection", "rejection_id");
    const auto channel_id = path_id<ChannelId>(call, "channel");
    const auto channel = channel_id ? desk::channel::find(tx, call.principal.account, *channel_id) : std::nullopt;
    if (!channel || !id) {
        return not_found("rejection");
    }
    auto rejection = desk::inbound::lock_rejection(tx, call.principal.account, channel->id, *id);
    if (!rejection) {
        return not_found("rejection");
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    const auto body = text::parse_json(rejection->body);
    if (!body) {
        return still_refused(body.error());
    }
    if (auto followup = desk::followup::parse(*body)) {
        return replay_followup(tx, call, *rejection, *std::move(followup));
    }
    auto parsed = desk::inbound::parse_webhook(*body);
    if (!parsed) {
        return still_refused(parsed.error());
    }
    desk::inbound::store_attachments(call.desk.blobs, *parsed);
    auto& message = parsed->message;
    message.account = call.principal.account;
    message.channel = channel->id;
    message.backlog = desk::inbound::is_history(message.occurred_at, system_now(), channel->live_since);
    message.external_id = replayed_id(*rejection, std::move(message.external_id));
    message.raw = std::move(rejection->body);
    const auto receipts = desk::inbound::accept(tx, std::span(&message, 1));
    desk::inbound::mark_replayed(tx, call.principal.account, *id);
    announce_queue(tx, call);
    const auto& receipt = receipts.front();
    return Answer{.status = receipt.duplicate ? 200 : 202, .body = desk::inbound::to_json(receipt), .version = 0};
}

Result<Answer> handle_list_quarantine(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kQuarantineById);
    if (!page) {
        return page.error();
    }
    const auto after = page->after ? MessageId{page->after->id} : MessageId{};
    const auto rows = desk::inbound::list_quarantine(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Quarantined& last) { return Cursor{.key = {}, .id = last.id.value}; };
    return found(write_page(kQuarantineById, *page, rows, write_quarantined, place), 0);
}

Result<Answer> handle_retry_quarantined(Tx& tx, const Call& call) {
    const auto id = path_id<MessageId>(call, "quarantined message");
    if (!id) {
        return id.error();
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    const auto held = desk::inbound::lock_quarantined(tx, call.principal.account, *id);
    if (!held) {
        return not_found("quarantined message");
    }
    switch (desk::unfetched::ask(tx, call.principal.account, *id)) {
        case desk::unfetched::Answer::asked:
            return retried(*id, "fetching");
        case desk::unfetched::Answer::unread:
            return Error{.code = Errc::conflict,
                         .detail = "The mail was never fetched, and its channel reads no mailbox now: " + held->error};
        case desk::unfetched::Answer::unknown:
            break;
    }
    auto payload = desk::arrival::reread(tx, call.desk, *held);
    if (!payload) {
        return payload.error();
    }
    desk::inbound::requeue(tx, *held, *std::move(payload));
    announce_queue(tx, call);
    return retried(*id, "queued");
}

}  // namespace lupaus::inbox
