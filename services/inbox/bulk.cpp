// One action on many conversations in one transaction: those that there are are locked together in the order of their
// ids, each is changed or refused by itself, and what was changed is written at once.
#include "common/net/problem.hpp"
#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/priority.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::ConversationId;
using desk::TeamId;
using desk::conversation::Priority;
using text::Choice;

constexpr std::size_t kBulkMax = 200;

enum class Action { resolve, reopen, pending, snooze, assign, transfer, tag, untag, priority };

constexpr std::array kActions{
    Choice<Action>{"resolve", Action::resolve},   Choice<Action>{"reopen", Action::reopen},
    Choice<Action>{"pending", Action::pending},   Choice<Action>{"snooze", Action::snooze},
    Choice<Action>{"assign", Action::assign},     Choice<Action>{"transfer", Action::transfer},
    Choice<Action>{"tag", Action::tag},           Choice<Action>{"untag", Action::untag},
    Choice<Action>{"priority", Action::priority},
};

// What the action needs of these is read, and nothing else is let through.
struct Bulk {
    std::vector<ConversationId> ids;
    Action action = Action::resolve;
    std::string reason;
    Timestamp until{};
    AgentId agent;
    TeamId team;
    std::vector<std::string> tags;
    Priority priority = Priority::normal;
};

std::vector<ConversationId> read_ids(text::JsonReader& reader) {
    std::vector<ConversationId> ids;
    for (const auto& id : reader.uuid_list("ids", {.max_items = kBulkMax, .min_items = 1})) {
        ids.push_back(ConversationId{id});
    }
    auto sorted = ids;
    std::ranges::sort(sorted);
    if (!reader.has("ids") || reader.is_null("ids")) {
        reader.fail("ids", "is missing");
    } else if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        reader.fail("ids", "must not name a conversation twice");
    }
    return ids;
}

void check(text::JsonReader& reader, std::string_view name, std::string_view fault) {
    if (!fault.empty() && !reader.error()) {
        reader.fail(name, std::string(fault));
    }
}

void read_what(Tx& tx, const Call& call, text::JsonReader& reader, Bulk& bulk) {
    switch (bulk.action) {
        case Action::resolve:
            bulk.reason = reader.optional_one_of("reason", {"thanks", "spam", "duplicate", "other"}).value_or("other");
            return;
        case Action::reopen:
        case Action::pending:
            return;
        case Action::snooze:
            bulk.until = reader.timestamp("until");
            return check(reader, "until", snooze_fault(bulk.until, desk::database_now(tx)));
        case Action::assign:
            if (!reader.has("agent_id")) {
                reader.fail("agent_id", "is required; null means nobody");
            }
            bulk.agent = reader.optional_id<AgentId>("agent_id").value_or(AgentId{});
            return check(reader, "agent_id", assignee_fault(tx, call, bulk.agent));
        case Action::transfer:
            bulk.team = reader.id<TeamId>("team_id");
            return check(reader, "team_id",
                         desk::agent::find_team(tx, call.principal.account, bulk.team) ? "" : "names no team");
        case Action::tag:
        case Action::untag:
            bulk.tags = reader.string_list("tags", {.min_items = 1});
            return check(reader, "tags", bulk.tags.empty() ? "is missing" : "");
        case Action::priority:
            bulk.priority = reader.one_of<Priority>("priority", kPriorities);
            return;
    }
}

Result<Bulk> read_bulk(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    Bulk bulk;
    bulk.ids = read_ids(reader);
    bulk.action = reader.one_of<Action>("action", kActions);
    if (!reader.error()) {
        read_what(tx, call, reader, bulk);
        reader.refuse_unknown();
    }
    auto error = reader.error();
    return error ? Result<Bulk>(*std::move(error)) : Result<Bulk>(std::move(bulk));
}

// Who gets nothing back; each is asked for once.
class Assignees {
public:
    Assignees(Tx& tx, const Call& call) : tx_(tx), call_(call) {}

    bool is_disabled(AgentId agent) {
        const auto [known, is_new] = disabled_.try_emplace(agent, false);
        if (is_new) {
            known->second = !assignee_fault(tx_, call_, agent).empty();
        }
        return known->second;
    }

private:
    Tx& tx_;
    const Call& call_;
    std::map<AgentId, bool> disabled_;
};

using Refusals = std::unordered_map<ConversationId, Error>;

Result<void> apply(const Call& call, const Bulk& bulk, ConversationChange& change, Assignees& assignees) {
    switch (bulk.action) {
        case Action::resolve:  // all at once
            break;
        case Action::reopen:
            reopen(change, assignees.is_disabled(change.conversation.assignee));
            break;
        case Action::pending:
            return hold(change);
        case Action::snooze:
            return snooze(change, bulk.until);
        case Action::assign:
            return assign(call, change, bulk.agent);
        case Action::transfer:
            transfer(change, bulk.team);
            break;
        case Action::tag:
            return add_tags(change, bulk.tags);
        case Action::untag:
            remove_tags(change, bulk.tags);
            break;
        case Action::priority:
            set_priority(change, bulk.priority);
            break;
    }
    return {};
}

// Without those that were merged away, which are refused.
std::vector<ConversationChange> begin_all(Tx& tx, const Call& call, const Bulk& bulk, Refusals& refusals) {
    std::vector<ConversationChange> changes;
    for (auto& change : ConversationChange::begin_all(tx, call, bulk.ids)) {
        if (change.conversation.merged_into.is_nil()) {
            changes.push_back(std::move(change));
        } else {
            refusals.emplace(change.conversation.id, merged_away(change.conversation));
        }
    }
    return changes;
}

// What was refused has changed nothing, so that it is not written.
Refusals apply_all(Tx& tx, const Call& call, const Bulk& bulk, std::span<ConversationChange> changes) {
    Refusals refusals;
    if (bulk.action == Action::resolve) {
        resolve(changes, call.principal.agent, bulk.reason);
        return refusals;
    }
    Assignees assignees(tx, call);
    for (auto& change : changes) {
        if (auto applied = apply(call, bulk, change, assignees); !applied) {
            refusals.emplace(change.conversation.id, applied.error());
        }
    }
    return refusals;
}

void write_refusal(text::JsonWriter& json, const Call& call, const Error& error) {
    json.field("status", http_status(error.code));
    json.raw_field("problem", net::problem(error, call.request.request_id).body);
}

Answer write_results(const Call& call, const Bulk& bulk, std::span<const ConversationChange> changes,
                     const Refusals& refusals) {
    std::unordered_map<ConversationId, const ConversationChange*> known;
    for (const auto& change : changes) {
        known[change.conversation.id] = &change;
    }
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object().key("results").begin_array();
    for (const auto& id : bulk.ids) {
        json.begin_object().field("id", id);
        const auto found = known.find(id);
        const auto refused = refusals.find(id);
        if (refused != refusals.end()) {
            write_refusal(json, call, refused->second);
        } else if (found == known.end()) {
            write_refusal(json, call, not_found("conversation"));
        } else {
            json.field("status", 200)
                .raw_field("conversation", desk::conversation::to_json(found->second->conversation));
        }
        json.end_object();
    }
    json.end_array().end_object();
    return answer;
}

}  // namespace

Result<Answer> handle_bulk(Tx& tx, const Call& call) {
    const auto bulk = read_bulk(tx, call);
    if (!bulk) {
        return bulk.error();
    }
    Refusals refusals;
    auto changes = begin_all(tx, call, *bulk, refusals);
    refusals.merge(apply_all(tx, call, *bulk, changes));
    ConversationChange::finish_all(changes);
    return write_results(call, *bulk, changes, refusals);
}

}  // namespace lupaus::inbox
