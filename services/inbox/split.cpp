// One message of a customer's becomes a conversation of its own: made and locked beside the one that it leaves, with as
// much of the wait as is its own.
#include "common/text/json_reader.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/merging/rules.hpp"
#include "services/desk/merging/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/verdict/store.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace {

using desk::ConversationId;
using desk::MessageId;
using desk::conversation::State;
using desk::message::Message;
using desk::message::Verdict;
using desk::promise::Promise;

constexpr auto kMessage = "/message_id";

Result<MessageId> read_message(const Call& call) {
    text::JsonReader reader(call.body);
    const auto id = reader.id<MessageId>("message_id");
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<MessageId>(*std::move(error)) : Result<MessageId>(id);
}

// Errors: invalid, naming the message.
Result<Message> find_message(Tx& tx, const Conversation& conversation, MessageId id) {
    auto message = desk::message::find(tx, conversation.account, id);
    if (!message || message->conversation != conversation.id) {
        return invalid_field(kMessage, "names no message of this conversation");
    }
    const bool is_customers =
        message->direction == desk::message::Direction::in && message->kind == desk::message::Kind::message;
    if (!is_customers) {
        return invalid_field(kMessage, "names no message of the customer's");
    }
    return message->deleted_at ? invalid_field(kMessage, "names a message that was taken back") : message;
}

class Splitting {
public:
    Splitting(Tx& tx, const Call& call, ConversationChange change, Message message)
        : tx_(tx), call_(call), message_(std::move(message)) {
        changes_.reserve(2);
        changes_.push_back(std::move(change));
    }

    // `rest`: when the newest of the messages was said that stay.
    Answer run(Timestamp rest) {
        auto& source = changes_.front();
        source.take_from_bot("taken");
        const auto wait = open_wait();
        const bool is_unanswered = desk::merging::is_unanswered(message_, source.conversation.waiting_since);
        if (is_unanswered) {
            leave_wait(*wait);
        }
        source.conversation.last_message_at = rest;
        auto& made = make();
        source.tell("conversation.split", text_member("split_into", to_string(made.conversation.id)), message_.id);
        made.tell("conversation.created");
        made.tell("conversation.split", {}, message_.id);
        if (is_unanswered) {
            made.open_promise({.kind = desk::promise::Kind::first_reply,
                               .waiting_since = message_.ordered_at,
                               .opened_at = desk::merging::opening_of(message_.ordered_at, *wait)});
        }
        ConversationChange::finish_all(changes_);
        return created(desk::conversation::to_json(made.conversation), made.conversation.version);
    }

private:
    // With what it is counted by, and locked.
    std::optional<Promise> open_wait() {
        const auto& source = changes_.front().conversation;
        const auto open = desk::promise::lock_open_replies(tx_, {{source.account, source.id}});
        return open.empty() ? std::nullopt : std::optional(open.front());
    }

    // Where the message began the wait, that goes on from the next one; where there is none, nobody waits here now.
    void leave_wait(const Promise& wait) {
        auto& source = changes_.front();
        const auto next = desk::merging::next_unanswered(tx_, message_, *source.conversation.waiting_since);
        if (next && *next <= message_.ordered_at) {
            return;
        }
        const bool was_begun = source.conversation.begun;
        if (const auto settled = source.end_wait(desk::promise::Ending::withdrawn, {}, {})) {
            source.tell_settled(*settled);
        }
        if (next) {
            source.go_on(desk::merging::begin_anew(wait, desk::PromiseId::make(), *next));
            source.conversation.begun = was_begun;
        }
    }

    // The same customer's, of the same team; whoever had the other one knows them. History, and what no person said, is
    // nobody's work.
    ConversationChange& make() {
        const auto& source = changes_.front().conversation;
        const auto now = changes_.front().now();
        Conversation c;
        c.account = source.account;
        c.id = ConversationId::make();
        c.contact = source.contact;
        c.channel = message_.channel.is_nil() ? source.channel : message_.channel;
        c.visibility = source.visibility;
        c.subject = source.subject;
        const bool is_work = !message_.history && !message_.judgement;
        c.state = is_work ? State::open : State::resolved;
        c.resolved_at = is_work ? std::nullopt : std::optional(message_.ordered_at);
        c.spam = message_.judgement && message_.judgement->verdict == Verdict::spam;
        c.team = source.team;
        c.previous = source.id;
        c.previous_agent = source.assignee.is_nil() ? source.previous_agent : source.assignee;
        c.weight = source.weight;
        c.last_message_at = message_.ordered_at;
        c.created_at = now;
        c.version = 0;  // finishing it makes it the first
        const desk::conversation::NumberRange one{.account = c.account, .count = 1};
        c.number = desk::conversation::take_numbers(tx_, std::span(&one, 1)).front();
        desk::conversation::insert(tx_, std::span(&c, 1));
        desk::merging::split_off(tx_, message_, source, c);
        changes_.front().conversation.spam = desk::verdict::holds(tx_, {source.account, source.id}, Verdict::spam);
        changes_.push_back(ConversationChange::begin(tx_, call_, c.id).value());
        return changes_.back();
    }

    Tx& tx_;
    const Call& call_;
    Message message_;
    std::vector<ConversationChange> changes_;  // of the conversation that it leaves, then of the new one
};

}  // namespace

Result<Answer> handle_split_conversation(Tx& tx, const Call& call) {
    const auto id = read_message(call);
    if (!id) {
        return id.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    auto message = find_message(tx, change->conversation, *id);
    if (!message) {
        return message.error();
    }
    const auto rest = desk::merging::newest_other(tx, *message);
    if (!rest) {
        return Error{.code = Errc::conflict, .detail = "This message is all that was said in the conversation."};
    }
    return Splitting(tx, call, *std::move(change), *std::move(message)).run(*rest);
}

}  // namespace lupaus::inbox
