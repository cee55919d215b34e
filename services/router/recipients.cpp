#include "services/router/recipients.hpp"

#include <algorithm>

namespace lupaus::router {

using desk::agent::Presence;
using desk::agent::Role;
using desk::alert::RecipientType;

Recipient recipient_of(const Conversation& conversation, int level) {
    if (level >= desk::alert::kAccount) {
        return {.type = RecipientType::account, .id = {}};
    }
    if (level == desk::alert::kLeads) {
        return {.type = RecipientType::leads, .id = conversation.team.value};
    }
    if (!conversation.assignee.is_nil()) {
        return {.type = RecipientType::agent, .id = conversation.assignee.value};
    }
    if (!conversation.team.is_nil()) {
        return {.type = RecipientType::team, .id = conversation.team.value};
    }
    return {.type = RecipientType::account, .id = {}};
}

bool is_reachable(const std::vector<AgentFacts>& agents, AccountId account, const Recipient& recipient) {
    if (recipient.type == RecipientType::account) {
        return true;
    }
    const auto is_told = [&](const AgentFacts& agent) {
        if (agent.account != account || agent.presence != Presence::online) {
            return false;
        }
        if (recipient.type == RecipientType::agent) {
            return agent.id.value == recipient.id;
        }
        const bool in_team = recipient.id.is_nil() || std::ranges::count(agent.teams, TeamId{recipient.id}) > 0;
        return in_team && (recipient.type == RecipientType::team || agent.role != Role::agent);
    };
    return std::ranges::any_of(agents, is_told);
}

desk::promise::Reachable reachable_levels(const std::vector<AgentFacts>& agents, const Conversation& conversation) {
    desk::promise::Reachable reachable{};
    for (int level = 0; level < desk::promise::kLevels; ++level) {
        reachable[static_cast<std::size_t>(level)] = is_reachable(agents, conversation.account, recipient_of(conversation, level));
    }
    return reachable;
}

}  // namespace lupaus::router
