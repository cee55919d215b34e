#include "services/router/route.hpp"

#include "services/desk/conversation/rules.hpp"
#include "services/desk/promise/json.hpp"
#include "services/router/said.hpp"
#include "services/router/threading.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

using desk::agent::Presence;
using desk::conversation::State;
using desk::inbound::Inbound;
using desk::inbound::Kind;
using desk::promise::Promise;

std::string promise_json(const Promise& promise) {
    std::string out = "\"promise\":";
    desk::promise::append_json(out, promise);
    return out;
}

class Routing {
public:
    Routing(const Snapshot& snapshot, const RouteOptions& options)
        : snapshot_(snapshot), options_(options), threading_(snapshot) {}

    void handle(const Item& item) {
        switch (item.row.kind) {
            case Kind::message:
                return handle_message(item);
            case Kind::wake:
                return handle_wake(item);
            case Kind::release:
                return handle_release(item);
            case Kind::drain:
                return;  // its account's waiting conversations are in the snapshot
        }
    }

    Changes finish() {
        offer_waiting();
        return std::move(changes_);
    }

private:
    // ---- messages

    void handle_message(const Item& item) {
        const auto& in = item.message;
        const auto [at, history] = when_said(item, snapshot_.channels.at(in.channel));
        const auto contact = contact_of(in, item.row.received_at);
        const auto place = find_place(in, contact.id, at);
        if (place.is_busy) {
            changes_.deferred.push_back(&item);
            return;
        }
        auto& change =
            place.joins.is_nil() ? make_conversation(item, contact, place.previous, at) : work_on(place.joins);
        auto& conversation = change.conversation;
        add_message(item, conversation, contact, at, history);
        conversation.last_message_at = std::max(conversation.last_message_at, at);
        if (history || contact.blocked) {
            keep_quiet(change);
            return;
        }
        open_wait(change, at);
        wake(change);
        leave_offline_agent(change);
        note_unassigned(change);
    }

    ContactFacts contact_of(const Inbound& in, Timestamp received_at) {
        const Address address{in.channel, in.sender_id};
        if (const auto known = snapshot_.contacts.find(address); known != snapshot_.contacts.end()) {
            return known->second;
        }
        if (const auto made = new_contacts_.find(address); made != new_contacts_.end()) {
            return made->second;
        }
        const ContactFacts contact{.id = ContactId{options_.make_id()}, .name = in.sender_name, .blocked = false};
        new_contacts_.emplace(address, contact);
        changes_.contacts.push_back(NewContact{.account = in.account,
                                               .id = contact.id,
                                               .channel = in.channel,
                                               .address = in.sender_id,
                                               .name = in.sender_name,
                                               .email = in.sender_email,
                                               .created_at = received_at});
        return contact;
    }

    struct Place {
        ConversationId joins;     // nil: a new one
        ConversationId previous;  // which the new one follows
        bool is_busy = false;     // it depends on a conversation that somebody holds
    };

    Place find_place(const Inbound& in, ContactId contact, Timestamp at) {
        Place place;
        for (const auto id : threading_.candidates(in, contact)) {
            if (is_gone(id)) {
                continue;
            }
            if (snapshot_.busy.contains(id)) {
                place.is_busy = true;
                return place;
            }
            if (in.thread_id || may_join(work_on(id).conversation, at)) {
                place.joins = id;
                return place;
            }
            place.previous = place.previous.is_nil() ? id : place.previous;
        }
        return place;
    }

    bool is_gone(ConversationId id) const {
        return !snapshot_.busy.contains(id) && !snapshot_.held.contains(id) && !changes_.conversations.contains(id);
    }

    bool may_join(const Conversation& known, Timestamp at) const {
        return known.state != State::resolved || at - known.resolved_at.value_or(at) <= options_.reopen_window;
    }

    ConversationChange& work_on(ConversationId id) {
        const auto [at, is_first] = changes_.conversations.try_emplace(id);
        if (is_first) {
            at->second.conversation = snapshot_.held.at(id);
        }
        return at->second;
    }

    ConversationChange& make_conversation(const Item& item, const ContactFacts& contact, ConversationId previous,
                                          Timestamp at) {
        const auto& in = item.message;
        const auto& channel = snapshot_.channels.at(in.channel);
        const ConversationId id{options_.make_id()};
        auto& change = changes_.conversations[id];
        change.is_new = true;
        change.begun_by = item.row.seq;
        auto& c = change.conversation;
        c.account = in.account;
        c.id = id;
        c.contact = contact.id;
        c.contact_name = contact.name;
        c.channel = in.channel;
        c.thread_id = in.thread_id;
        c.visibility = in.visibility;
        c.subject = in.subject;
        c.team = channel.team;
        c.weight = channel.weight;
        c.previous = previous;
        c.previous_agent = previous.is_nil() ? AgentId{} : last_agent_of(work_on(previous).conversation);
        c.last_message_at = at;
        c.created_at = snapshot_.now;
        threading_.remember(c);
        happen("conversation.created", c, {}, contact.id);
        return change;
    }

    static AgentId last_agent_of(const Conversation& c) {
        const auto before = c.passed_on ? AgentId{} : c.previous_agent;
        return c.assignee.is_nil() ? before : c.assignee;
    }

    void add_message(const Item& item, const Conversation& conversation, const ContactFacts& contact, Timestamp at,
                     bool history) {
        const auto& in = item.message;
        desk::message::Message message;
        message.account = in.account;
        message.id = item.row.id;
        message.conversation = conversation.id;
        message.seq = item.row.seq;
        message.ordered_at = at;
        message.author = {.type = desk::message::AuthorType::customer, .id = contact.id.value, .name = contact.name};
        message.text = in.text;
        message.html = in.html;
        message.external_id = in.external_id;
        message.history = history;
        message.sent_at = in.occurred_at;
        message.created_at = item.row.received_at;
        for (const auto& file : in.attachments) {
            message.attachments.push_back(desk::message::Attachment{.id = desk::AttachmentId{options_.make_id()},
                                                                    .message = message.id,
                                                                    .name = file.name,
                                                                    .content_type = file.content_type,
                                                                    .size_bytes = file.size_bytes,
                                                                    .sha256 = file.sha256});
        }
        changes_.messages.push_back(std::move(message));
        happen("message.created", conversation, item.row.id, contact.id);
    }

    // History and blocked senders are stored and threaded, and nothing else.
    static void keep_quiet(ConversationChange& change) {
        change.is_changed = true;
        auto& c = change.conversation;
        if (change.is_new && c.state == State::open && !c.waiting_since) {
            c.state = State::resolved;
            c.resolved_at = c.last_message_at;
        }
    }

    // ---- waits

    void open_wait(ConversationChange& change, Timestamp at) {
        change.is_changed = true;
        auto& c = change.conversation;
        if (c.waiting_since) {
            return begin_earlier(c, at);
        }
        Promise promise;
        promise.account = c.account;
        promise.id = desk::PromiseId{options_.make_id()};
        promise.conversation = c.id;
        const bool begins = change.is_new && c.state == State::open;
        promise.kind = begins ? desk::promise::Kind::first_reply : desk::promise::Kind::next_reply;
        promise.channel = c.channel;
        promise.team = c.team;
        promise.waiting_since = at;
        promise.opened_at = at;
        desk::promise::arm(promise, policy_for(promise, c), options_.ladder);
        desk::conversation::owe(c, promise);
        happen("promise.opened", c, {}, {}, promise_json(promise));
        changes_.promises.push_back(std::move(promise));
    }

    // A wait does not move with later messages. One that was said before it began has waited longer, whatever was
    // answered meanwhile: that answer had not seen it.
    void begin_earlier(Conversation& c, Timestamp at) {
        if (at >= *c.waiting_since) {
            return;
        }
        const auto opened = std::ranges::find(changes_.promises, c.id, &Promise::conversation);
        auto& promise = opened != changes_.promises.end()
                            ? *opened
                            : changes_.moved.try_emplace(c.id, snapshot_.promises.at(c.id)).first->second;
        desk::promise::begin_earlier(promise, at);
        desk::conversation::owe_earlier(c, promise);
        happen("promise.moved", c, {}, {}, promise_json(promise));
    }

    const desk::promise::Policy* policy_for(const Promise& promise, const Conversation& c) const {
        const desk::promise::Facts facts{.kind = promise.kind,
                                         .channel = c.channel,
                                         .team = c.team,
                                         .priority = c.priority,
                                         .visibility = c.visibility};
        const auto policies = snapshot_.policies.find(c.account);
        return policies == snapshot_.policies.end() ? nullptr : desk::promise::choose_policy(policies->second, facts);
    }

    // ---- states and assignees

    // Back to work: to the same agent if they are online (over capacity if need be), else to the queue. What nobody
    // waits for is in no queue and stays with its agent.
    void wake(ConversationChange& change) {
        auto& c = change.conversation;
        if (c.state == State::open) {
            return;
        }
        const auto was = c.state;
        c.state = State::open;
        c.snoozed_until.reset();
        c.resolved_at.reset();
        change.is_changed = true;
        happen(was == State::resolved ? "conversation.reopened" : "conversation.woken", c, {}, {});
        if (c.assignee.is_nil()) {
            return;
        }
        const auto* agent = find_agent(snapshot_, c.assignee);
        if (!c.waiting_since || (agent != nullptr && agent->presence == Presence::online)) {
            changes_.returned.push_back({.account = c.account, .agent = c.assignee, .weight = c.weight});
        } else {
            forget_assignee(c);
        }
    }

    void leave_offline_agent(ConversationChange& change) {
        auto& c = change.conversation;
        if (!c.assignee.is_nil() && find_agent(snapshot_, c.assignee) == nullptr) {
            unassign(change);
        }
    }

    void unassign(ConversationChange& change) {
        auto& c = change.conversation;
        changes_.returned.push_back({.account = c.account, .agent = c.assignee, .weight = -c.weight});
        forget_assignee(c);
        change.is_changed = true;
        happen("conversation.unassigned", c, {}, {});
    }

    // Whoever gets it next has not begun it.
    static void forget_assignee(Conversation& c) {
        c.previous_agent = c.assignee;
        c.assignee = AgentId{};
        c.begun = false;
    }

    void handle_wake(const Item& item) {
        const ConversationId id{item.row.subject};
        if (snapshot_.busy.contains(id)) {
            changes_.deferred.push_back(&item);
            return;
        }
        if (!snapshot_.held.contains(id)) {
            return;  // erased meanwhile
        }
        auto& change = work_on(id);
        const auto& c = change.conversation;
        // Snoozed once more meanwhile: that later end sends its own command.
        const bool slept = c.state == State::snoozed && c.snoozed_until.value_or(snapshot_.now) <= snapshot_.now;
        const bool owed_again = c.waiting_since && (c.state == State::resolved || c.state == State::pending);
        if (slept || owed_again) {
            wake(change);
        }
        note_unassigned(change);
    }

    void handle_release(const Item& item) {
        const AgentId agent{item.row.subject};
        const auto conversations = snapshot_.releasable.find(agent);
        if (conversations == snapshot_.releasable.end() || find_agent(snapshot_, agent) != nullptr) {
            return;  // nothing to release, or the agent came back
        }
        for (const auto id : conversations->second) {
            auto& change = work_on(id);
            const auto& c = change.conversation;
            if (c.state == State::open && c.assignee == agent && c.waiting_since && !c.begun) {
                unassign(change);
                note_unassigned(change);
            }
        }
    }

    void note_unassigned(const ConversationChange& change) {
        const auto& c = change.conversation;
        if (c.state == State::open && c.assignee.is_nil() && c.rank_at) {
            unassigned_.insert(c.id);
        }
    }

    void offer_waiting() {
        for (const auto id : snapshot_.waiting) {
            if (changes_.conversations.contains(id)) {
                note_unassigned(changes_.conversations.at(id));
            } else {
                unassigned_.insert(id);
            }
        }
        std::vector<const Conversation*> waiting;
        for (const auto id : unassigned_) {
            const auto at = changes_.conversations.find(id);
            waiting.push_back(at == changes_.conversations.end() ? &snapshot_.held.at(id) : &at->second.conversation);
        }
        auto plan = assign(snapshot_, std::move(waiting), changes_.returned);
        for (const auto* conversation : plan.nobody) {
            changes_.nobody.push_back(conversation->id);
        }
        for (const auto& recheck : plan.rechecks) {
            changes_.later.push_back({.conversation = recheck.conversation->id, .at = recheck.at});
        }
        for (const auto& assignment : plan.assignments) {
            work_on(assignment.conversation);
        }
        changes_.assignments = std::move(plan.assignments);
    }

    void happen(std::string_view type, const Conversation& c, MessageId message, ContactId customer,
                std::string extra = {}) {
        changes_.happenings.push_back(Happening{
            .type = type, .conversation = c.id, .message = message, .customer = customer, .extra = std::move(extra)});
    }

    const Snapshot& snapshot_;
    const RouteOptions& options_;
    Changes changes_;
    Threading threading_;
    std::map<Address, ContactFacts> new_contacts_;
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
