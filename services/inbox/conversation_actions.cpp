#include "common/text/json_reader.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::TeamId;
using desk::agent::Role;
using desk::conversation::State;
using desk::promise::Ending;

Error forbidden(std::string detail) {
    return Error{.code = Errc::forbidden, .detail = std::move(detail)};
}

Error conflict(std::string detail) {
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

Result<AgentId> read_assignee(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    if (!reader.has("agent_id")) {
        reader.fail("agent_id", "is required; null means nobody");
    }
    const auto agent = reader.optional_id<AgentId>("agent_id").value_or(AgentId{});
    if (const auto fault = assignee_fault(tx, call, agent); !fault.empty()) {
        reader.fail("agent_id", std::string(fault));
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<AgentId>(*std::move(error)) : Result<AgentId>(agent);
}

Result<TeamId> read_team(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    const auto team = reader.id<TeamId>("team_id");
    if (!team.is_nil() && !desk::agent::find_team(tx, call.principal.account, team)) {
        reader.fail("team_id", "names no team");
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<TeamId>(*std::move(error)) : Result<TeamId>(team);
}

Result<Timestamp> read_until(const Call& call, Timestamp now) {
    text::JsonReader reader(call.body);
    const auto until = reader.timestamp("until");
    if (const auto fault = snooze_fault(until, now); !reader.error() && !fault.empty()) {
        reader.fail("until", std::string(fault));
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<Timestamp>(*std::move(error)) : Result<Timestamp>(until);
}

Result<std::string> read_word(const Call& call, std::string_view name, std::initializer_list<std::string_view> words) {
    text::JsonReader reader(call.body);
    auto word = reader.one_of(name, words);
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<std::string>(*std::move(error)) : Result<std::string>(std::move(word));
}

// Resolving says why no answer is needed only where somebody waits for one.
Result<std::string> read_resolution(const Call& call) {
    text::JsonReader reader(call.body);
    auto reason = reader.optional_one_of("reason", {"thanks", "spam", "duplicate", "other"}).value_or("other");
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<std::string>(*std::move(error)) : Result<std::string>(std::move(reason));
}

}  // namespace

Result<Answer> handle_claim(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    const auto self = call.principal.agent;
    if (self.is_nil()) {
        return forbidden("This token speaks for no agent who could have the conversation.");
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto current = change->conversation.assignee;
    if (!current.is_nil() && current != self) {
        auto error = conflict("A colleague has this conversation.");
        error.extension = "{" + text_member("assignee_id", to_string(current)) + "}";
        return error;
    }
    if (auto taken = assign(call, *change, self); !taken) {
        return taken.error();
    }
    return change->finish();
}

Result<Answer> handle_assign(Tx& tx, const Call& call) {
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto agent = read_assignee(tx, call);
    if (!agent) {
        return agent.error();
    }
    if (auto assigned = assign(call, *change, *agent); !assigned) {
        return assigned.error();
    }
    return change->finish();
}

Result<Answer> handle_transfer(Tx& tx, const Call& call) {
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto team = read_team(tx, call);
    if (!team) {
        return team.error();
    }
    transfer(*change, *team);
    return change->finish();
}

Result<Answer> handle_snooze(Tx& tx, const Call& call) {
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto until = read_until(call, change->now());
    if (!until) {
        return until.error();
    }
    if (auto asleep = snooze(*change, *until); !asleep) {
        return asleep.error();
    }
    return change->finish();
}

Result<Answer> handle_pending(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    if (auto held = hold(*change); !held) {
        return held.error();
    }
    return change->finish();
}

Result<Answer> handle_resolve(Tx& tx, const Call& call) {
    const auto reason = read_resolution(call);
    if (!reason) {
        return reason.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    resolve(std::span(&*change, 1), call.principal.agent, *reason);
    return change->finish();
}

Result<Answer> handle_reopen(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const bool has_disabled = !assignee_fault(tx, call, change->conversation.assignee).empty();
    reopen(*change, has_disabled);
    return change->finish();
}

Result<Answer> handle_answered(Tx& tx, const Call& call) {
    const auto how = read_word(call, "how", {"phone", "in_person", "other"});
    if (!how) {
        return how.error();
    }
    if (call.principal.agent.is_nil()) {
        return forbidden("This token speaks for no agent who could have answered.");
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto settled = change->end_wait(Ending::answered_elsewhere, call.principal.agent, {});
    if (!settled) {
        return conflict("Nobody waits for an answer in this conversation.");
    }
    change->tell("conversation.answered", text_member("how", *how));
    change->tell_settled(*settled);
    return change->finish();
}

Result<Answer> handle_waive(Tx& tx, const Call& call) {
    const auto reason = read_word(call, "reason", {"thanks", "spam", "duplicate", "other"});
    if (!reason) {
        return reason.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto settled = change->end_wait(Ending::waived, call.principal.agent, {});
    if (!settled && !change->before().waiting_since) {
        return conflict("Nobody waits for an answer in this conversation.");
    }
    change->tell("conversation.waived", text_member("reason", *reason));
    if (settled) {
        change->tell_settled(*settled);
    }
    return change->finish();
}

Result<Answer> handle_handoff(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    auto& conversation = change->conversation;
    if (!desk::conversation::is_held_by_bot(conversation)) {
        return conflict("No bot has this conversation.");
    }
    if (call.principal.role == Role::integrator && call.principal.token != conversation.bot) {
        return conflict("Another bot has this conversation.");
    }
    change->take_from_bot("asked");
    if (conversation.state != State::resolved) {
        conversation.state = State::open;
        conversation.snoozed_until.reset();
    }
    return change->finish();
}

}  // namespace lupaus::inbox
