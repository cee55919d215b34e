#include "common/text/json_writer.hpp"
#include "services/desk/attention/store.hpp"
#include "services/desk/conversation/list.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/mention/store.hpp"
#include "services/desk/message/files.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/mentions.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/recipients.hpp"
#include "services/inbox/reply_draft.hpp"
#include "services/inbox/reply_then.hpp"
#include "services/inbox/reply_wait.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/speaker.hpp"

#include <algorithm>
#include <limits>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::MessageId;
using desk::message::AuthorType;
using desk::message::Kind;
using desk::message::Message;
using desk::promise::Promise;

// The message's files are on disk before its conversation is held.
struct Stored {
    MessageId id = MessageId::make();
    std::vector<desk::message::Attachment> attachments;
};

// What the author had not seen.
struct Unseen {
    std::optional<Message> seen;
    std::vector<Message> messages;
};

Result<Message> find_in_conversation(Tx& tx, const Conversation& conversation, MessageId id, std::string field) {
    auto message = desk::message::find(tx, conversation.account, id);
    if (message && message->conversation == conversation.id) {
        return message;
    }
    const auto other = message ? desk::conversation::find(tx, {conversation.account, message->conversation})
                               : Result<Conversation>(message.error());
    if (other && other->split_from == conversation.id) {
        return Error{.code = Errc::conflict,
                     .detail = "What " + field + " names was split off into another conversation. Nothing was sent.",
                     .extension = R"({"split_into":")" + to_string(other->id) + "\"}"};
    }
    return invalid_field(std::move(field), "names no message of this conversation");
}

Error missed(const std::vector<Message>& messages) {
    std::string items;
    for (const auto& message : messages) {
        items += items.empty() ? "" : ",";
        desk::message::append_json(items, message);
    }
    Error error{.code = Errc::conflict, .detail = "More was said since the message named by after. Nothing was sent."};
    text::JsonWriter(error.extension)
        .begin_object()
        .raw_field("missed", "[" + items + "]")
        .field("last_id", messages.back().id)
        .end_object();
    return error;
}

// Errors: conflict, with the public messages after the last one that the author knows of; invalid.
Result<Unseen> check_unseen(Tx& tx, const Conversation& conversation, const ReplyDraft& draft) {
    if (!draft.after) {
        return Unseen{};
    }
    const auto seen = find_in_conversation(tx, conversation, *draft.after, "/after");
    if (!seen) {
        return seen.error();
    }
    const auto known = draft.despite ? find_in_conversation(tx, conversation, *draft.despite, "/despite") : seen;
    if (!known) {
        return known.error();
    }
    const auto& last_known = known->visible_seq < seen->visible_seq ? *seen : *known;
    const auto later = desk::message::public_after(tx, last_known, limits::kPageMax);
    if (!later.empty()) {
        return missed(later);
    }
    return Unseen{
        .seen = *seen,
        .messages = draft.despite ? desk::message::public_after(tx, *seen, limits::kPageMax) : std::vector<Message>{}};
}

Message message_of(const ConversationChange& change, const ReplyDraft& draft, const Speaker& speaker, Stored stored) {
    Message message;
    message.account = change.conversation.account;
    message.id = stored.id;
    message.conversation = change.conversation.id;
    message.ordered_at = change.now();
    message.direction = desk::message::Direction::out;
    message.kind = draft.is_note ? Kind::note : speaker.agent.is_nil() ? Kind::automatic : Kind::message;
    message.author = speaker.author;
    message.text = draft.text;
    message.html = draft.html;
    message.attachments = std::move(stored.attachments);
    message.mentions = draft.mentions;
    if (!draft.is_note && !draft.is_external) {
        message.delivery_state = desk::message::DeliveryState::queued;
    }
    message.created_at = change.now();
    return message;
}

struct Outgoing {
    const Conversation& conversation;
    const ReplyDraft& draft;
    const Unseen& unseen;
};

// Until when it is held; nothing where it is not.
std::optional<Timestamp> deliver(Tx& tx, const Call& call, const Message& message, const Outgoing& outgoing) {
    const auto& [conversation, draft, unseen] = outgoing;
    const auto visible_max = unseen.seen ? unseen.seen->visible_seq : std::numeric_limits<std::int64_t>::max();
    const auto answered = desk::conversation::newest_external_id(tx, conversation, visible_max);
    const auto address =
        desk::delivery::find_address(tx, conversation.account, conversation.channel, conversation.contact);
    const bool is_agent = message.author.type == AuthorType::agent;
    const AgentId agent = is_agent ? AgentId{message.author.id} : AgentId{};
    const auto prepared = desk::letter::prepare(tx, call.desk.box,
                                                {.conversation = conversation,
                                                 .message = message,
                                                 .contact_address = address,
                                                 .visible_max = visible_max,
                                                 .given = draft.recipients});
    const auto words = prepared ? prepared->words : desk::letter::Words{.text = message.text, .html = message.html};
    const desk::delivery::Outbound outbound{.message = message.id,
                                            .conversation = conversation.id,
                                            .conversation_number = conversation.number,
                                            .thread_id = conversation.thread_id,
                                            .contact = conversation.contact,
                                            .address = address,
                                            .text = words.text,
                                            .html = words.html,
                                            .attachments = message.attachments,
                                            .agent = agent,
                                            .agent_name = message.author.name,
                                            .created_at = message.created_at,
                                            .in_reply_to = answered,
                                            .mail = prepared ? std::optional(prepared->mail) : std::nullopt};
    const auto delivery = desk::delivery::enqueue(tx, {.account = conversation.account,
                                                       .channel = conversation.channel,
                                                       .conversation = conversation.id,
                                                       .message = message.id,
                                                       .author = agent,
                                                       .body = desk::delivery::outbound_body(outbound),
                                                       .undo_s = draft.undo_s,
                                                       .team = conversation.team});
    return delivery.due_at > delivery.created_at ? delivery.due_at : std::nullopt;
}

// What the answer to a reply has besides the message: the word that it gave, and the conversation where it was changed.
std::string more_members(const ReplyDraft& draft, const std::optional<Promise>& word, const Answer& conversation) {
    std::string members = word ? word_member(*word) : "";
    if (draft.then) {
        members += (members.empty() ? "" : ",") + (R"("conversation":)" + conversation.body);
    }
    return members;
}

std::optional<Promise> word_of(const Call& call, const ReplyDraft& draft, const Message& message) {
    if (!draft.word) {
        return std::nullopt;
    }
    Promise word;
    word.account = message.account;
    word.id = desk::PromiseId::make();
    word.agent = AgentId{message.author.id};
    word.message = message.id;
    word.text = draft.word->text;
    word.opened_at = message.created_at;
    word.due_at = draft.word->due_at;
    desk::promise::arm_word(word, ladder_options(call));
    return word;
}

// Promise and alerts first, for they are locked before anything else is written.
Result<Answer> post_reply(Tx& tx, const Call& call, ConversationChange& change, const ReplyDraft& draft,
                          Message message, const Unseen& unseen) {
    auto& conversation = change.conversation;
    const bool is_human = message.kind == Kind::message;
    const AgentId agent = is_human ? AgentId{message.author.id} : AgentId{};
    const auto wait =
        unseen.seen ? wait_of_reply(conversation.waiting_since, *unseen.seen, unseen.messages) : ReplyWait{};
    if (is_human) {
        change.take_from_bot("taken");
    } else if (call.principal.token == conversation.bot) {
        change.hear_bot();
    }
    const auto settled =
        is_human && wait.is_ended ? change.end_wait(desk::promise::Ending::replied, agent, message.id) : std::nullopt;
    if (settled) {
        message.settled = settled->promise.id;
    }
    desk::message::insert(tx, std::span(&message, 1));
    if (draft.is_external && settled) {
        desk::promise::note_delivered(tx, conversation.account, message.id);
    }
    if (!draft.is_external) {
        message.sends_at = deliver(tx, call, message, {.conversation = conversation, .draft = draft, .unseen = unseen});
        tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::delivery); });
    }
    conversation.last_message_at = std::max(conversation.last_message_at, message.ordered_at);
    change.tell("message.created", {}, message.id);
    if (is_human) {
        const desk::attention::Key own{
            .account = conversation.account, .agent = agent, .conversation = conversation.id};
        desk::attention::note_reply(tx, own,
                                    {.before = change.before().last_message_at, .at = conversation.last_message_at});
        desk::mention::follow_marker(tx, own);
        conversation.begun = true;
        const bool says_whose = draft.then && draft.then->assignee;
        if (conversation.assignee.is_nil() && !says_whose) {
            change.assign_to(agent);
            change.tell("conversation.assigned");
        }
    }
    if (settled) {
        change.tell_settled(*settled);
        if (wait.reopens) {
            change.open_wait(*wait.reopens);
        }
    }
    auto word = word_of(call, draft, message);
    if (word) {
        if (auto given = change.give_word(*word); !given) {
            return given.error();
        }
    }
    if (draft.then) {
        if (auto done = follow_up(tx, call, change, *draft.then, agent); !done) {
            return done.error();
        }
    }
    const auto finished = change.finish();
    return created_message(message, more_members(draft, word, finished));
}

}  // namespace

Result<Answer> handle_post_message(Tx& tx, const Call& call) {
    const auto draft = read_reply(call);
    if (!draft) {
        return draft.error();
    }
    const auto speaker = find_speaker(tx, call, draft->on_behalf_of);
    if (!speaker) {
        return speaker.error();
    }
    if (draft->word && speaker->agent.is_nil()) {
        return invalid_field("/promise", "needs an agent whose word it is: name one in on_behalf_of");
    }
    if (draft->then) {
        if (auto may = check_then_scope(call); !may) {
            return may.error();
        }
    }
    Stored stored;
    stored.attachments = desk::message::store_files(call.desk.blobs, stored.id, draft->files);
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    change->speak_for(speaker->actor);
    auto message = message_of(*change, *draft, *speaker, std::move(stored));
    if (draft->is_note) {
        return post_note(tx, *change, std::move(message));
    }
    if (draft->word) {
        if (auto due = check_due(draft->word->due_at, change->now(), "/promise/due_at"); !due) {
            return due.error();
        }
    }
    if (!draft->recipients.empty() &&
        !desk::letter::find_identity(tx, change->conversation.account, change->conversation.channel)) {
        return invalid_field("/" + std::string(first_given(draft->recipients)), "goes with a reply by mail");
    }
    const auto unseen = check_unseen(tx, change->conversation, *draft);
    if (!unseen) {
        return unseen.error();
    }
    return post_reply(tx, call, *change, *draft, std::move(message), *unseen);
}

}  // namespace lupaus::inbox
