#include "services/router/route.hpp"

#include "services/desk/conversation/rules.hpp"
#include "services/router/acknowledging.hpp"
#include "services/router/placing.hpp"
#include "services/router/waits.hpp"

namespace lupaus::router {

namespace {

using desk::agent::Presence;
using desk::conversation::State;
using desk::inbound::Kind;

class Routing {
public:
    Routing(const Snapshot& snapshot, const RouteOptions& options) : sheet_{.snapshot = snapshot, .options = options} {}

    void handle(const Item& item) {
        switch (item.row.kind) {
            case Kind::message:
                return handle_message(item);
            case Kind::wake:
                return handle_wake(item);
            case Kind::release:
                return handle_release(item);
            case Kind::bot_silent:
                return handle_bot_silent(item);
            case Kind::bot_gone:
                return handle_bot_gone(item);
            case Kind::drain:
                return;  // its account's waiting conversations are in the snapshot
        }
    }

    Changes finish() {
        offer_waiting();
        return std::move(sheet_.changes);
    }

private:
    // ---- messages

    void handle_message(const Item& item) {
        const auto said = when_said(item, sheet_.snapshot.channels.at(item.message.channel));
        const auto contact = placing_.contact_of(item);
        auto* change = placing_.place(item, contact, said);
        if (change == nullptr) {
            sheet_.changes.deferred.push_back(&item);
            return;
        }
        const auto judgement = judge(item.message, contact, sheet_.snapshot);
        if (said.is_history || judgement) {
            keep_quiet(*change, judgement);
            return;
        }
        waits_.ask(*change, said.at);
        wake(*change, reopens_to_queue(change->conversation));
        leave_offline_agent(*change);
        note_unassigned(*change);
        acknowledging_.hear(item, *change);
    }

    // History and what is no person's words to the desk are stored and threaded, and nothing else.
    static void keep_quiet(ConversationChange& change, const std::optional<desk::message::Judgement>& judgement) {
        change.is_changed = true;
        auto& c = change.conversation;
        c.spam = c.spam || (judgement && judgement->verdict == desk::message::Verdict::spam);
        if (change.is_new && c.state == State::open && !c.waiting_since) {
            c.state = State::resolved;
            c.resolved_at = c.last_message_at;
        }
    }

    // ---- bots

    void handle_bot_silent(const Item& item) {
        auto* change = commanded(item);
        if (change == nullptr || !change->conversation.bot_asked_at) {
            return;  // the bot answered, or the desk has it
        }
        const auto due = *change->conversation.bot_asked_at + sheet_.options.bot_silence;
        if (due > sheet_.snapshot.now) {
            sheet_.changes.silences.push_back({.conversation = change->conversation.id, .at = due});
        } else {
            take_over(*change, due, "silence");
        }
    }

    void handle_bot_gone(const Item& item) {
        const auto held = sheet_.snapshot.of_bots.find(desk::TokenId{item.row.subject});
        if (held == sheet_.snapshot.of_bots.end()) {
            return;
        }
        for (const auto id : held->second) {
            auto& change = sheet_.work_on(id);
            if (change.conversation.bot == held->first) {
                take_over(change, sheet_.snapshot.now, "ended");
            }
        }
    }

    void take_over(ConversationChange& change, Timestamp at, std::string_view reason) {
        waits_.hand_over(change, at, reason);
        wake(change);
        note_unassigned(change);
    }

    // ---- states and assignees

    bool reopens_to_queue(const Conversation& c) const {
        return c.state == State::resolved &&
               sheet_.snapshot.channels.at(c.channel).reopen_to == desk::channel::ReopenTo::queue;
    }

    // Back to work: to the same agent if they are online (over capacity if need be), else to the queue. What nobody
    // waits for is in no queue and stays with its agent.
    void wake(ConversationChange& change, bool to_queue = false) {
        auto& c = change.conversation;
        if (c.state == State::open) {
            return;
        }
        const auto was = c.state;
        c.state = State::open;
        c.snoozed_until.reset();
        c.resolved_at.reset();
        change.is_changed = true;
        sheet_.happen(
            {.type = was == State::resolved ? "conversation.reopened" : "conversation.woken", .conversation = c.id});
        if (c.assignee.is_nil()) {
            return;
        }
        const auto* agent = find_agent(sheet_.snapshot, c.assignee);
        const bool is_there = agent != nullptr && agent->presence == Presence::online;
        if (!c.waiting_since || (is_there && !to_queue)) {
            sheet_.changes.returned.push_back({.account = c.account, .agent = c.assignee, .weight = c.weight});
        } else {
            forget_assignee(c);
        }
    }

    void leave_offline_agent(ConversationChange& change) {
        auto& c = change.conversation;
        if (!c.assignee.is_nil() && find_agent(sheet_.snapshot, c.assignee) == nullptr) {
            unassign(change);
        }
    }

    void unassign(ConversationChange& change) {
        auto& c = change.conversation;
        sheet_.changes.returned.push_back({.account = c.account, .agent = c.assignee, .weight = -c.weight});
        forget_assignee(c);
        change.is_changed = true;
        sheet_.happen({.type = "conversation.unassigned", .conversation = c.id});
    }

    // Whoever gets it next has not begun it.
    static void forget_assignee(Conversation& c) {
        c.previous_agent = c.assignee;
        c.assignee = AgentId{};
        c.begun = false;
    }

    // The conversation that a command names. Null: somebody holds it, then the command stays; or it was erased
    // meanwhile.
    ConversationChange* commanded(const Item& item) {
        const ConversationId id{item.row.subject};
        if (sheet_.snapshot.busy.contains(id)) {
            sheet_.changes.deferred.push_back(&item);
            return nullptr;
        }
        return sheet_.snapshot.held.contains(id) ? &sheet_.work_on(id) : nullptr;
    }

    void handle_wake(const Item& item) {
        auto* change = commanded(item);
        if (change == nullptr) {
            return;
        }
        const auto& c = change->conversation;
        // Snoozed once more meanwhile: that later end sends its own command.
        const bool slept =
            c.state == State::snoozed && c.snoozed_until.value_or(sheet_.snapshot.now) <= sheet_.snapshot.now;
        const bool owed_again = c.waiting_since && !desk::conversation::is_held_by_bot(c) &&
                                (c.state == State::resolved || c.state == State::pending);
        if (slept || owed_again) {
            wake(*change);
        }
        note_unassigned(*change);
    }

    void handle_release(const Item& item) {
        const AgentId agent{item.row.subject};
        const auto conversations = sheet_.snapshot.releasable.find(agent);
        if (conversations == sheet_.snapshot.releasable.end() || find_agent(sheet_.snapshot, agent) != nullptr) {
            return;  // nothing to release, or the agent came back
        }
        for (const auto id : conversations->second) {
            auto& change = sheet_.work_on(id);
            const auto& c = change.conversation;
            if (c.state == State::open && c.assignee == agent && c.waiting_since && !c.begun) {
                unassign(change);
                note_unassigned(change);
            }
        }
    }

    void note_unassigned(const ConversationChange& change) {
        if (desk::conversation::is_offered(change.conversation)) {
            unassigned_.insert(change.conversation.id);
        }
    }

    void offer_waiting() {
        for (const auto id : sheet_.snapshot.waiting) {
            if (sheet_.changes.conversations.contains(id)) {
                note_unassigned(sheet_.changes.conversations.at(id));
            } else {
                unassigned_.insert(id);
            }
        }
        std::vector<const Conversation*> waiting;
        for (const auto id : unassigned_) {
            const auto at = sheet_.changes.conversations.find(id);
            waiting.push_back(at == sheet_.changes.conversations.end() ? &sheet_.snapshot.held.at(id)
                                                                       : &at->second.conversation);
        }
        auto plan = assign(sheet_.snapshot, std::move(waiting), sheet_.changes.returned);
        for (const auto* conversation : plan.nobody) {
            sheet_.changes.nobody.push_back(conversation->id);
        }
        for (const auto& recheck : plan.rechecks) {
            sheet_.changes.later.push_back({.conversation = recheck.conversation->id, .at = recheck.at});
        }
        for (const auto& assignment : plan.assignments) {
            sheet_.work_on(assignment.conversation);
        }
        sheet_.changes.assignments = std::move(plan.assignments);
    }

    Sheet sheet_;
    Placing placing_{sheet_};
    Waits waits_{sheet_};
    Acknowledging acknowledging_{sheet_};
    std::set<ConversationId> unassigned_;
};

}  // namespace

Changes route(const Snapshot& snapshot, const std::vector<Item>& batch, const RouteOptions& options) {
    Routing routing(snapshot, options);
    for (const auto& item : batch) {
        routing.handle(item);
    }
    return routing.finish();
}

}  // namespace lupaus::router
