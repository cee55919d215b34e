#include "tests/unit/router/paper_desk.hpp"

#include "services/desk/conversation/rules.hpp"

#include <algorithm>
#include <stdexcept>

namespace lupaus::router {

PaperDesk::PaperDesk() : account(next_id<AccountId>()) {
    snapshot.now = kNow;
    channel = add_channel();
    options.reopen_window = std::chrono::days{7};
    options.ladder = {.warn_share = 0.75, .silent_after = 4h, .acknowledge_hold = 15min};
    options.make_id = [this] {
        Uuid id;
        id.bytes[0] = 2;
        id.bytes[15] = ++ids_routed_;
        return id;
    };
}

Uuid PaperDesk::next_uuid() {
    Uuid id;
    id.bytes[0] = 1;
    id.bytes[15] = ++ids_made_;
    return id;
}

AgentId PaperDesk::add_agent(const PaperAgent& spec) {
    AgentFacts agent;
    agent.account = account;
    agent.id = next_id<AgentId>();
    agent.role = spec.role;
    agent.presence = spec.presence;
    agent.capacity = spec.capacity;
    agent.load = spec.load;
    agent.assigned_at = spec.assigned_at;
    agent.resolved_at = spec.resolved_at;
    agent.teams = spec.teams;
    agent.skills = spec.skills;
    if (spec.presence != Presence::offline) {
        snapshot.agents.push_back(agent);
    }
    return agent.id;
}

TeamId PaperDesk::add_team(const TeamFacts& facts) {
    const auto id = next_id<TeamId>();
    snapshot.teams[id] = facts;
    return id;
}

ChannelId PaperDesk::add_channel(ChannelFacts facts) {
    const auto id = next_id<ChannelId>();
    facts.account = account;
    snapshot.channels[id] = facts;
    return id;
}

ContactId PaperDesk::add_contact(const std::string& sender, bool blocked) {
    const auto [at, is_new] = snapshot.contacts.try_emplace(Address{channel, sender});
    if (is_new) {
        at->second = ContactFacts{.id = next_id<ContactId>(), .name = sender, .blocked = blocked};
    }
    return at->second.id;
}

void PaperDesk::add_policy(PromiseKind kind, std::chrono::seconds target) {
    Policy policy;
    policy.account = account;
    policy.id = next_id<desk::PolicyId>();
    policy.kind = kind;
    policy.target = target;
    policy.leads_after = target;
    policy.account_after = 2 * target;
    snapshot.policies[account].push_back(policy);
}

Conversation& PaperDesk::add_conversation(const PaperConversation& spec) {
    Conversation c;
    c.account = account;
    c.id = next_id<ConversationId>();
    c.number = ++numbers_taken_;
    c.contact = add_contact(spec.sender);
    c.contact_name = spec.sender;
    c.channel = channel;
    c.thread_id = spec.thread;
    c.state = spec.state;
    c.team = spec.team;
    c.assignee = spec.assignee;
    c.previous_agent = spec.previous_agent;
    c.weight = spec.weight;
    c.resolved_at = spec.resolved_at;
    c.snoozed_until = spec.snoozed_until;
    c.last_message_at = spec.waiting_since.value_or(kNow - 1h);
    c.created_at = kNow - 1h;
    if (spec.waiting_since) {
        Promise promise;
        promise.id = next_id<desk::PromiseId>();
        promise.conversation = c.id;
        promise.waiting_since = *spec.waiting_since;
        promise.opened_at = *spec.waiting_since;
        promise.due_at = spec.due_at;
        desk::conversation::owe(c, promise);
        snapshot.promises[promise.conversation] = promise;
    }
    c.begun = spec.begun;
    snapshot.newest[ContactChannel{channel, c.contact}] = c.id;
    if (spec.thread) {
        snapshot.by_thread[ThreadKey{channel, *spec.thread}] = c.id;
    }
    if (c.state == State::open && c.assignee.is_nil() && c.waiting_since) {
        snapshot.waiting.push_back(c.id);
    }
    return snapshot.held[c.id] = c;
}

Conversation& PaperDesk::add_waiting(Timestamp due_at, TeamId team) {
    return add_conversation({.sender = "customer " + std::to_string(snapshot.held.size()),
                             .waiting_since = kNow - 2h,
                             .due_at = due_at,
                             .team = team});
}

void PaperDesk::name_mail(const std::string& message_id, ConversationId id) {
    snapshot.by_mail[MailKey{channel, message_id}] = id;
}

void PaperDesk::make_busy(ConversationId id) {
    snapshot.held.erase(id);
    snapshot.busy.insert(id);
    std::erase(snapshot.waiting, id);
}

void PaperDesk::say(const PaperMessage& spec) {
    Item item;
    item.row.account = account;
    item.row.seq = ++next_seq_;
    item.row.id = next_id<MessageId>();
    item.row.channel = spec.channel.is_nil() ? channel : spec.channel;
    item.row.received_at = spec.received_at;
    item.message.account = account;
    item.message.channel = item.row.channel;
    item.message.id = item.row.id;
    item.message.external_id = "ext-" + std::to_string(item.row.seq);
    item.message.sender_id = spec.sender;
    item.message.sender_name = spec.sender;
    item.message.thread_id = spec.thread;
    item.message.occurred_at = spec.occurred_at;
    item.message.text = spec.text;
    item.message.judgement = spec.judgement;
    item.message.mail = spec.mail;
    batch.push_back(item);
}

void PaperDesk::command(Kind kind, const Uuid& subject) {
    Item item;
    item.row.account = account;
    item.row.seq = ++next_seq_;
    item.row.kind = kind;
    item.row.subject = subject;
    batch.push_back(item);
}

Changes PaperDesk::route() {
    routed_ = std::exchange(batch, {});
    return router::route(snapshot, routed_, options);
}

void PaperDesk::commit(const Changes& changes) {
    for (const auto& contact : changes.contacts) {
        snapshot.contacts[Address{contact.channel, contact.address}] = {
            .id = contact.id, .name = contact.name, .blocked = false};
    }
    for (const auto& promise : changes.promises) {
        snapshot.promises[promise.conversation] = promise;
    }
    for (const auto& [id, promise] : changes.moved) {
        snapshot.promises[id] = promise;
    }
    std::vector<const ConversationChange*> made;
    for (const auto& [id, change] : changes.conversations) {
        if (change.is_new || change.is_changed) {
            snapshot.held[id] = change.conversation;
        }
        if (change.is_new) {
            made.push_back(&change);
        }
    }
    std::ranges::sort(made, {}, &ConversationChange::begun_by);
    for (const auto* change : made) {
        const auto& c = change->conversation;
        snapshot.held[c.id].number = ++numbers_taken_;
        if (c.thread_id) {
            snapshot.by_thread[ThreadKey{c.channel, *c.thread_id}] = c.id;
        }
    }
    find_newest();
}

// As the store does: the newest that may be joined now, else the newest of all.
void PaperDesk::find_newest() {
    std::map<ContactChannel, std::pair<bool, std::int64_t>> best;
    for (const auto& [id, c] : snapshot.held) {
        const bool joinable = c.state != State::resolved || kNow - *c.resolved_at <= options.reopen_window;
        const std::pair rank{joinable, c.number};
        const ContactChannel key{c.channel, c.contact};
        if (const auto at = best.find(key); at == best.end() || at->second < rank) {
            best[key] = rank;
            snapshot.newest[key] = id;
        }
    }
}

const ConversationChange& only_conversation(const Changes& changes) {
    const ConversationChange* only = nullptr;
    for (const auto& [id, change] : changes.conversations) {
        if (!change.is_new && !change.is_changed) {
            continue;
        }
        if (only != nullptr) {
            throw std::logic_error("more than one conversation was changed");
        }
        only = &change;
    }
    if (only == nullptr) {
        throw std::logic_error("no conversation was changed");
    }
    return *only;
}

const Conversation& only_new(const Changes& changes) {
    const auto is_new = [](const auto& entry) { return entry.second.is_new; };
    if (std::ranges::count_if(changes.conversations, is_new) != 1) {
        throw std::logic_error("not exactly one conversation is new");
    }
    return std::ranges::find_if(changes.conversations, is_new)->second.conversation;
}

const Conversation& after(const Changes& changes, ConversationId id) {
    return changes.conversations.at(id).conversation;
}

AgentId assignee(const Changes& changes, ConversationId id) {
    const auto at = std::ranges::find(changes.assignments, id, &Assignment::conversation);
    return at == changes.assignments.end() ? AgentId{} : at->agent;
}

AgentId assignee(const Changes& changes) {
    return changes.assignments.size() == 1 ? changes.assignments.front().agent : AgentId{};
}

std::vector<std::string_view> happened(const Changes& changes) {
    std::vector<std::string_view> types;
    for (const auto& happening : changes.happenings) {
        types.push_back(happening.type);
    }
    return types;
}

}  // namespace lupaus::router
