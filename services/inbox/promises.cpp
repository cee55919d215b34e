#include "services/inbox/promises.hpp"

#include "services/desk/contact/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/meters.hpp"
#include "services/inbox/contacts.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/speaker.hpp"
#include "services/inbox/word.hpp"

namespace lupaus::inbox {

namespace {

using desk::ContactId;
using desk::ConversationId;
using desk::MessageId;
using desk::PromiseId;
using desk::promise::EndedWord;
using desk::promise::EndingWord;
using desk::promise::Promise;
using desk::promise::WordEnding;

std::string promise_json(const Promise& promise) {
    std::string body;
    desk::promise::append_whole_json(body, promise);
    return body;
}

Result<Promise> find_named(Tx& tx, const Call& call) {
    const auto id = path_id<PromiseId>(call, "promise");
    auto promise = id ? desk::promise::find(tx, call.principal.account, *id) : std::nullopt;
    return promise ? Result<Promise>(*std::move(promise)) : Result<Promise>(not_found("promise"));
}

Result<Promise> find_word(Tx& tx, const Call& call) {
    auto promise = find_named(tx, call);
    if (promise && promise->kind != desk::promise::Kind::commitment) {
        return Error{.code = Errc::conflict,
                     .detail = "This promise ends with an answer to the customer; only a given word is ended so."};
    }
    return promise;
}

// ---- words given to a contact, outside of any conversation

void append_of_contact(Tx& tx, const Call& call, const desk::event::Actor& actor, const Promise& word,
                       std::span<const std::pair<std::string_view, std::string>> happenings) {
    const auto contact = desk::contact::find(tx, word.account, word.contact);
    std::string shown = R"("contact":)";
    text::JsonWriter(shown)
        .begin_object()
        .field("id", word.contact)
        .field("name", contact ? contact->name : std::string())
        .end_object();
    std::vector<desk::event::Draft> drafts;
    for (const auto& [type, member] : happenings) {
        drafts.push_back({.account = word.account,
                          .type = type,
                          .actor = actor,
                          .conversation = {},
                          .message = {},
                          .data = "{" + member + "," + shown + "}"});
    }
    append_changes(tx, call, drafts);
}

// ---- giving

struct Draft {
    std::optional<ConversationId> conversation;
    std::optional<ContactId> contact;
    std::optional<desk::AgentId> on_behalf_of;
    WordDraft word;
};

Result<Draft> read_draft(const Call& call) {
    text::JsonReader reader(call.body);
    Draft draft;
    draft.conversation = reader.optional_id<ConversationId>("conversation_id");
    draft.contact = reader.optional_id<ContactId>("contact_id");
    draft.on_behalf_of = reader.optional_id<desk::AgentId>("on_behalf_of");
    draft.word = read_word(reader);
    if (draft.conversation.has_value() == draft.contact.has_value()) {
        reader.fail(draft.contact ? "contact_id" : "conversation_id", "is needed, or else the other one, and not both");
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<Draft>(*std::move(error)) : Result<Draft>(std::move(draft));
}

Promise make_word(const Call& call, const Draft& draft, const Speaker& speaker, Timestamp now) {
    Promise word;
    word.account = call.principal.account;
    word.id = PromiseId::make();
    word.contact = draft.contact.value_or(ContactId{});
    word.agent = speaker.agent;
    word.text = draft.word.text;
    word.opened_at = now;
    word.due_at = draft.word.due_at;
    desk::promise::arm_word(word, ladder_options(call));
    return word;
}

Result<Answer> give_in_conversation(Tx& tx, const Call& call, const Draft& draft, const Speaker& speaker) {
    auto change = ConversationChange::begin(tx, call, *draft.conversation);
    if (!change) {
        const bool is_unknown = change.error().code == Errc::not_found;
        return is_unknown ? invalid_field("/conversation_id", "names no conversation") : change.error();
    }
    if (auto due = check_due(draft.word.due_at, change->now(), "/due_at"); !due) {
        return due.error();
    }
    change->speak_for(speaker.actor);
    auto word = make_word(call, draft, speaker, change->now());
    if (auto given = change->give_word(word); !given) {
        return given.error();
    }
    change->finish();
    return created(promise_json(word), 0);
}

Result<Answer> give_to_contact(Tx& tx, const Call& call, const Draft& draft, const Speaker& speaker) {
    const auto contact = desk::contact::lock(tx, call.principal.account, *draft.contact);
    if (!contact) {
        return invalid_field("/contact_id", "names no contact");
    }
    if (!contact->merged_into.is_nil()) {
        return merged_away(*contact);
    }
    const auto now = desk::database_now(tx);
    if (auto due = check_due(draft.word.due_at, now, "/due_at"); !due) {
        return due.error();
    }
    const auto word = make_word(call, draft, speaker, now);
    if (auto given = desk::promise::give(tx, word); !given) {
        return given.error();
    }
    const std::pair<std::string_view, std::string> opened{"promise.opened", word_member(word)};
    append_of_contact(tx, call, speaker.actor, word, std::span(&opened, 1));
    tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::due); });
    return created(promise_json(word), 0);
}

// ---- ending

struct Wanted {
    WordEnding ending = WordEnding::kept;
    std::optional<Timestamp> due_at;  // of the word that takes its place
    std::optional<std::string> text;
    std::optional<Timestamp> told_at;
};

EndingWord ending_of(const Call& call, const Promise& word, const Wanted& wanted, PromiseId successor) {
    return {.account = word.account,
            .word = word.id,
            .ending = wanted.ending,
            .agent = call.principal.agent,
            .team = word.owing_team,
            .successor = successor,
            .told_at = wanted.told_at};
}

// The promise that takes the place of another: whoever says so gives it, else whoever gave the first one. Empty: none
// does. Errors: invalid, naming due_at.
Result<std::optional<Promise>> successor_of(const Call& call, const Promise& word, const Wanted& wanted,
                                            Timestamp now) {
    if (!wanted.due_at) {
        return std::optional<Promise>();
    }
    if (auto due = check_due(*wanted.due_at, now, "/due_at"); !due) {
        return due.error();
    }
    Promise next;
    next.account = word.account;
    next.id = PromiseId::make();
    next.conversation = word.conversation;
    next.contact = word.contact;
    next.agent = call.principal.agent.is_nil() ? word.agent : call.principal.agent;
    next.text = wanted.text.value_or(word.text);
    next.opened_at = now;
    next.due_at = wanted.due_at;
    next.first_due_at = word.first_due_at;
    desk::promise::arm_word(next, ladder_options(call));
    return std::optional(std::move(next));
}

// Where it is now: a conversation that was merged away between the look and the lock took its open words along.
Result<ConversationChange> begin_of(Tx& tx, const Call& call, Promise& word) {
    auto change = ConversationChange::begin(tx, call, word.conversation);
    if (change || change.error().code != Errc::conflict) {
        return change;
    }
    word = desk::promise::find(tx, word.account, word.id).value();
    return ConversationChange::begin(tx, call, word.conversation);
}

Result<Answer> end_in_conversation(Tx& tx, const Call& call, Promise word, const Wanted& wanted) {
    auto change = begin_of(tx, call, word);
    if (!change) {
        return change.error();
    }
    auto next = successor_of(call, word, wanted, change->now());
    if (!next) {
        return next.error();
    }
    const auto ended = change->end_word(ending_of(call, word, wanted, *next ? (*next)->id : PromiseId{}));
    if (!ended) {
        return ended.error();
    }
    if (*next) {
        if (auto given = change->give_word(**next); !given) {
            return given.error();
        }
    }
    change->finish();
    return found(promise_json(ended->promise), 0);
}

Result<Answer> end_of_contact(Tx& tx, const Call& call, Promise word, const Wanted& wanted) {
    desk::contact::lock(tx, word.account, word.contact);
    word = desk::promise::find(tx, word.account, word.id).value();  // whose it is now, if they were merged meanwhile
    const auto now = desk::database_now(tx);
    const auto next = successor_of(call, word, wanted, now);
    if (!next) {
        return next.error();
    }
    const auto ended = desk::promise::end(tx, ending_of(call, word, wanted, *next ? (*next)->id : PromiseId{}));
    if (!ended) {
        return ended.error();
    }
    std::vector<std::pair<std::string_view, std::string>> happenings{{"promise.settled", word_member(ended->promise)}};
    for (const auto& alert : ended->resolved) {
        happenings.emplace_back("alert.resolved", alert_member(alert));
    }
    if (*next) {
        if (auto given = desk::promise::give(tx, **next); !given) {
            return given.error();
        }
        happenings.emplace_back("promise.opened", word_member(**next));
        tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::due); });
    }
    append_of_contact(tx, call, call.actor(), word, happenings);
    tx.after_commit(
        [&metrics = call.desk.metrics, promise = ended->promise] { desk::promise::count_settled(metrics, promise); });
    return found(promise_json(ended->promise), 0);
}

Result<Answer> end_word(Tx& tx, const Call& call, const Promise& word, const Wanted& wanted) {
    return word.conversation.is_nil() ? end_of_contact(tx, call, word, wanted)
                                      : end_in_conversation(tx, call, word, wanted);
}

// When the customer heard of the new time: the message says so.
Result<Timestamp> find_told_at(Tx& tx, const Promise& word, MessageId id) {
    constexpr auto kField = "/message_id";
    const auto message = desk::message::find(tx, word.account, id);
    const auto conversation = message
                                  ? desk::conversation::find(tx, {.account = word.account, .id = message->conversation})
                                  : Result<Conversation>(message.error());
    const bool is_theirs = conversation && (word.conversation.is_nil() ? conversation->contact == word.contact
                                                                       : conversation->id == word.conversation);
    if (!is_theirs) {
        return invalid_field(kField, "names no message to this customer");
    }
    const bool is_said =
        message->direction == desk::message::Direction::out && message->kind == desk::message::Kind::message;
    if (!is_said || message->created_at < word.opened_at) {
        return invalid_field(kField,
                             is_said ? "was said before the promise" : "is no reply that the customer was sent");
    }
    return message->created_at;
}

Result<Answer> end_without_body(Tx& tx, const Call& call, WordEnding ending) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    const auto word = find_word(tx, call);
    return word ? end_word(tx, call, *word, {.ending = ending, .due_at = {}, .text = {}, .told_at = {}})
                : Result<Answer>(word.error());
}

}  // namespace

Result<Answer> handle_get_promise(Tx& tx, const Call& call) {
    const auto promise = find_named(tx, call);
    return promise ? Result<Answer>(found(promise_json(*promise), 0)) : Result<Answer>(promise.error());
}

Result<Answer> handle_give_word(Tx& tx, const Call& call) {
    const auto draft = read_draft(call);
    if (!draft) {
        return draft.error();
    }
    const auto speaker = find_speaker(tx, call, draft->on_behalf_of);
    if (!speaker) {
        return speaker.error();
    }
    if (speaker->agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent whose word it could give."};
    }
    return draft->conversation ? give_in_conversation(tx, call, *draft, *speaker)
                               : give_to_contact(tx, call, *draft, *speaker);
}

Result<Answer> handle_keep_promise(Tx& tx, const Call& call) {
    return end_without_body(tx, call, WordEnding::kept);
}

Result<Answer> handle_break_promise(Tx& tx, const Call& call) {
    return end_without_body(tx, call, WordEnding::broken);
}

Result<Answer> handle_waive_promise(Tx& tx, const Call& call) {
    return end_without_body(tx, call, WordEnding::waived);
}

Result<Answer> handle_renegotiate_promise(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    Wanted wanted{.ending = WordEnding::renegotiated, .due_at = reader.timestamp("due_at"), .text = {}, .told_at = {}};
    wanted.text = reader.optional_string("text", {.max_bytes = kWordBytesMax});
    const auto message = reader.optional_id<MessageId>("message_id");
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto word = find_word(tx, call);
    if (!word) {
        return word.error();
    }
    if (message) {
        const auto told_at = find_told_at(tx, *word, *message);
        if (!told_at) {
            return told_at.error();
        }
        wanted.told_at = *told_at;
    }
    return end_word(tx, call, *word, wanted);
}

}  // namespace lupaus::inbox
