#include "services/desk/revision/store.hpp"

#include "common/postgres/values.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/conversation/wait.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/revision/queries.sql.hpp"

#include <utility>
#include <vector>

namespace lupaus::desk::revision {

namespace {

constexpr int kSoon_s = 1;
constexpr int kMovesMax = 3;

struct Target {
    MessageId message;
    ConversationId conversation;
    Uuid author;
};

Result<Target> find_target(Tx& tx, const Revision& revision) {
    const auto key = inbound::key_of(revision.message_id);
    const auto rows = tx.exec(sql::find_target,
                              pqxx::params{to_string(revision.account), to_string(revision.channel), to_string(key)});
    if (rows.empty()) {
        return invalid_field("/message_id", "names no message that this channel sent");
    }
    const auto row = rows.at(0);
    if (row[1].is_null() && row[3].as<bool>()) {
        return invalid_field("/message_id", "names a message that is in quarantine");
    }
    if (row[1].is_null()) {
        return Error{.code = Errc::unavailable,
                     .detail = "The message is still in the queue; send this again.",
                     .retry_after_s = kSoon_s};
    }
    return Target{.message = read_id<MessageId>(row[0]),
                  .conversation = read_id<ConversationId>(row[1]),
                  .author = read_uuid(row[2])};
}

// With its conversation locked. It may move to another one, by a merge or a split, between the look and the lock.
Result<Target> hold_target(Tx& tx, const Revision& revision) {
    auto target = find_target(tx, revision);
    for (int moves = 0; target && moves < kMovesMax; ++moves) {
        if (auto locked = conversation::lock_one(tx, {revision.account, target->conversation}); !locked) {
            return locked.error();
        }
        auto held = find_target(tx, revision);
        if (!held || held->conversation == target->conversation) {
            return held;
        }
        target = std::move(held);
    }
    return target ? Error{.code = Errc::unavailable,
                          .detail = "The message is being moved; send this again.",
                          .retry_after_s = kSoon_s}
                  : target.error();
}

bool change(Tx& tx, const Revision& revision, const Target& target) {
    pqxx::params named{to_string(revision.account), to_string(target.conversation), to_string(target.message)};
    if (revision.is_removal) {
        return !tx.exec(sql::remove, named).empty();
    }
    named.append(revision.text);
    named.append(revision.html);
    return !tx.exec(sql::edit, named).empty();
}

// What follows from a removal beside the message itself.
struct Withdrawal {
    std::optional<promise::Promise> settled;
    std::vector<alert::Alert> resolved;
};

Withdrawal withdraw(Tx& tx, conversation::Conversation& conversation, telemetry::Metrics& metrics) {
    Withdrawal after;
    if (!conversation.waiting_since) {
        return after;
    }
    const pqxx::params wait{to_string(conversation.account), to_string(conversation.id),
                            sql_timestamp(*conversation.waiting_since)};
    if (!tx.exec(sql::find_unanswered, wait).empty()) {
        return after;
    }
    auto settled = conversation::end_wait(tx, conversation,
                                          {.ending = promise::Ending::withdrawn, .agent = {}, .message = {}}, metrics);
    if (settled) {
        after.settled = std::move(settled->promise);
        after.resolved = std::move(settled->resolved);
    } else {
        conversation.waiting_since.reset();  // a bot has it: nothing was promised, and nobody is silent now
        conversation.bot_asked_at.reset();
    }
    const alert::InConversation ended{.account = conversation.account, .conversation = conversation.id};
    for (auto& alert : alert::resolve_unattended(tx, std::span(&ended, 1))) {
        after.resolved.push_back(std::move(alert));
    }
    ++conversation.version;
    conversation::update(tx, std::span(&conversation, 1));
    return after;
}

void tell(Tx& tx, const Revision& revision, const Target& target, const conversation::Conversation& conversation,
          const Withdrawal& after) {
    const auto shown = "{\"conversation\":" + conversation::to_json(conversation);
    std::vector<event::Draft> drafts;
    const auto draft = [&](std::string_view type, const std::string& more) {
        drafts.push_back({.account = conversation.account,
                          .type = type,
                          .actor = {.type = event::ActorType::customer, .id = target.author, .token = {}},
                          .conversation = conversation.id,
                          .message = target.message,
                          .data = shown + more + '}'});
    };
    draft(revision.is_removal ? kDeletedType : kEditedType, "");
    if (after.settled) {
        std::string json = ",\"promise\":";
        promise::append_json(json, *after.settled);
        draft("promise.settled", json);
    }
    for (const auto& alert : after.resolved) {
        std::string json = ",\"alert\":";
        alert::append_json(json, alert);
        draft("alert.resolved", json);
    }
    event::append(tx, drafts);
}

}  // namespace

Result<Effect> apply(Tx& tx, const Revision& revision, telemetry::Metrics& metrics) {
    const auto target = hold_target(tx, revision);
    if (!target) {
        return target.error();
    }
    auto conversation = conversation::find(tx, {revision.account, target->conversation});
    if (!conversation) {
        return conversation.error();
    }
    if (!change(tx, revision, *target)) {
        return Effect::known;
    }
    const auto after = revision.is_removal ? withdraw(tx, *conversation, metrics) : Withdrawal{};
    tell(tx, revision, *target, *conversation, after);
    return Effect::applied;
}

}  // namespace lupaus::desk::revision
