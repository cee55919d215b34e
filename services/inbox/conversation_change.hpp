// What one request does to a conversation: locked, changed as a struct, and written once with everything that follows
// from the difference: capacity, snooze timer, a drain of the queue, events, wake-ups. One change a transaction, or
// many that begin, end their waits and finish together. Locks in the house order: conversations (begin), promises and
// alerts (end_wait), agents and event counter (finish).
#pragma once

#include "services/desk/capacity/store.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/conversation/wait.hpp"
#include "services/desk/promise/store.hpp"
#include "services/desk/promise/word.hpp"
#include "services/inbox/endpoint.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

using desk::conversation::Conversation;

// What an agent gains and loses when a conversation changes: its weight while it is open and theirs. Resolving what was
// theirs begins their wrap-up, also where it cost nothing. Pure.
std::vector<desk::capacity::Change> capacity_changes(const Conversation& before, const Conversation& after);

// Whether the change leaves work that somebody else could now be given: capacity was freed, or a wait is nobody's.
// Pure.
bool makes_work(const Conversation& before, const Conversation& after);

desk::promise::LadderOptions ladder_options(const Call& call);

// Members of an event's data besides the conversation: "promise":{…} and "alert":{…}.
std::string promise_member(const desk::promise::Promise& promise);
std::string word_member(const desk::promise::Promise& word);  // the same, of a given word: with all of it
std::string alert_member(const desk::alert::Alert& alert);

// Nothing is done to what was merged away: a conflict that names where all of it is now.
Error merged_away(const Conversation& conversation);

class ConversationChange {
public:
    // Locks the conversation that the path names. Errors: not_found; conflict, where it was merged away.
    static Result<ConversationChange> begin(Tx& tx, const Call& call);
    static Result<ConversationChange> begin(Tx& tx, const Call& call, desk::ConversationId id);

    // Locks all of them; the answer has those that there are, in no order, and what was merged away too.
    static std::vector<ConversationChange> begin_all(Tx& tx, const Call& call,
                                                     std::span<const desk::ConversationId> ids);

    Conversation conversation;  // as it will be

    const Conversation& before() const { return before_; }

    Timestamp now() const { return now_; }  // the database's clock, read with the lock held

    void speak_for(desk::event::Actor actor) { actor_ = actor; }

    // Somebody, or nil for nobody, has it from now on; whoever had it is remembered as the previous agent. A bot that
    // has it loses it to somebody.
    void assign_to(desk::AgentId agent);

    // To whoever else can take it: the present assignee does not want it, or shall not have it.
    void pass_on();

    // The desk has it from now on, and a first reply to give where the customer waits; told at once. Nothing, where no
    // bot has it. `reason`: see count_handover.
    void take_from_bot(std::string_view reason);

    // The bot that holds it has said something to the customer.
    void hear_bot();

    // Ends the wait, credited to the agent, and what alerts say of earlier replies that did not arrive. Empty: nothing
    // was owed. Tell it when its place among the events has come. What a bot ends itself was never owed; what somebody
    // else ends while a bot has it is taken from the bot first.
    std::optional<desk::promise::Settled> end_wait(desk::promise::Ending ending, desk::AgentId agent,
                                                   desk::MessageId reply);

    // The same of several changes that began together, in their order.
    static std::vector<std::optional<desk::promise::Settled>> end_waits(std::span<ConversationChange> changes,
                                                                        const desk::conversation::WaitEnd& end);
    void tell_settled(const desk::promise::Settled& settled);

    // A wait of the customer's later messages begins; it was counted from the given time on.
    void open_wait(Timestamp since);

    // What the customer said counts after all, and nobody has answered it: the wait goes on since then. The promises
    // that were waived for it are owed again as they were; with none of them, one begins, or the one that is open began
    // then.
    struct Resumption {
        Timestamp since{};
        bool is_first = false;  // the customer had said nothing before that anybody had to answer
        std::span<const desk::PromiseId> waivers;
    };

    void resume_wait(const Resumption& again);

    // The same of a wait that began elsewhere, promised anew, and of one that goes on under a promise that is given.
    struct Opening {
        desk::promise::Kind kind{};
        Timestamp waiting_since{};
        Timestamp opened_at{};
    };

    void open_promise(const Opening& opening);
    void go_on(const desk::promise::Promise& promise);

    // Somebody gives their word in this conversation, or ends one that was given; both are told at once.
    // Errors: conflict (too many are open; it has ended already).
    Result<void> give_word(desk::promise::Promise& word);
    Result<desk::promise::EndedWord> end_word(const desk::promise::EndingWord& ending);

    // `type` is a constant; `extra`: further members of the event's data.
    void tell(std::string_view type, std::string extra = {}, desk::MessageId message = {});

    // Nothing was told: nothing is written. The last call of the transaction. The answer is the conversation.
    Answer finish();
    void finish_log_only();  // something was said about it, and it stays as it is
    static void finish_all(std::span<ConversationChange> changes);

private:
    struct Happening {
        std::string_view type;
        std::string extra;
        desk::MessageId message;
    };

    using Told = std::span<ConversationChange* const>;  // at least one, of one account

    ConversationChange(Tx& tx, const Call& call, Conversation locked, Timestamp now);
    void reopen_waived(std::span<const desk::PromiseId> waivers);
    void begin_earlier(Timestamp since);
    void settle_with_bot();
    static void store(Told changes);
    static void store_teams(Told changes);
    static void store_snoozes(Told changes);
    static void resolve_unattended(Told changes);
    static void push_work(Told changes);
    static void append_events(Told changes);

    Tx& tx_;
    const Call& call_;
    Conversation before_;
    Timestamp now_;
    desk::event::Actor actor_;
    std::vector<Happening> happenings_;
};

}  // namespace lupaus::inbox
