#include "services/router/assign.hpp"

#include <algorithm>
#include <tuple>

namespace lupaus::router {

namespace {

using desk::agent::Presence;

class Assigner {
public:
    Assigner(const Snapshot& snapshot, std::span<const desk::capacity::Change> returned)
        : snapshot_(snapshot), agents_(snapshot.agents) {
        for (const auto& change : returned) {
            const auto agent = std::ranges::find(agents_, change.agent, &AgentFacts::id);
            if (agent != agents_.end()) {
                agent->load += change.weight;
            }
        }
    }

    void place(const Conversation& conversation, AssignmentPlan& plan) {
        const auto team = snapshot_.teams.find(conversation.team);
        const bool is_fetched = team != snapshot_.teams.end() && !team->second.automatic;
        const auto& skill = skill_of(conversation);
        AgentFacts* best = nullptr;
        bool anybody = false;
        std::optional<Timestamp> soonest;
        for (auto& agent : agents_) {
            if (!is_able(agent, conversation.account, conversation.team, skill)) {
                continue;
            }
            anybody = true;
            if (is_fetched) {
                return;
            }
            if (agent.load + conversation.weight > agent.capacity) {
                continue;
            }
            const auto ready_at = wrapped_up_at(agent, conversation);
            if (ready_at > snapshot_.now) {
                soonest = std::min(soonest.value_or(ready_at), ready_at);
            } else if (best == nullptr || is_better(agent, *best, conversation, prefers_previous(conversation))) {
                best = &agent;
            }
        }
        if (best != nullptr) {
            give(*best, conversation, plan);
        } else if (!anybody) {
            plan.nobody.push_back(&conversation);
        } else if (soonest) {
            plan.rechecks.push_back({.conversation = &conversation, .at = *soonest});
        }
    }

private:
    const std::optional<std::string>& skill_of(const Conversation& conversation) const {
        static const std::optional<std::string> kNone;
        const auto channel = snapshot_.channels.find(conversation.channel);
        return channel == snapshot_.channels.end() ? kNone : channel->second.skill;
    }

    Timestamp wrapped_up_at(const AgentFacts& agent, const Conversation& conversation) const {
        const auto team = snapshot_.teams.find(conversation.team);
        if (!agent.resolved_at || team == snapshot_.teams.end()) {
            return snapshot_.now;
        }
        return *agent.resolved_at + team->second.wrap_up;
    }

    bool prefers_previous(const Conversation& conversation) const {
        const auto channel = snapshot_.channels.find(conversation.channel);
        return channel == snapshot_.channels.end() || channel->second.reopen_to == desk::channel::ReopenTo::same_agent;
    }

    static bool is_better(const AgentFacts& agent, const AgentFacts& best, const Conversation& conversation,
                          bool prefers_previous) {
        const auto rank = [&conversation, prefers_previous](const AgentFacts& who) {
            const bool had_it = who.id == conversation.previous_agent;
            const int had = conversation.passed_on ? 2 : prefers_previous ? 0 : 1;
            const int place = had_it ? had : 1;
            return std::tuple(place, who.load, who.assigned_at.value_or(Timestamp{}), who.id);
        };
        return rank(agent) < rank(best);
    }

    void give(AgentFacts& agent, const Conversation& conversation, AssignmentPlan& plan) const {
        agent.load += conversation.weight;
        agent.assigned_at = snapshot_.now;
        plan.assignments.push_back(Assignment{.account = conversation.account,
                                              .conversation = conversation.id,
                                              .agent = agent.id,
                                              .weight = conversation.weight});
    }

    const Snapshot& snapshot_;
    std::vector<AgentFacts> agents_;  // a copy: loads grow while work is given out
};

}  // namespace

AssignmentPlan assign(const Snapshot& snapshot, std::vector<const Conversation*> waiting,
                      std::span<const desk::capacity::Change> returned) {
    std::ranges::sort(
        waiting, {}, [](const Conversation* c) { return std::tuple(c->account, c->rank_at, c->waiting_since, c->id); });
    Assigner assigner(snapshot, returned);
    AssignmentPlan plan;
    for (const auto* conversation : waiting) {
        assigner.place(*conversation, plan);
    }
    return plan;
}

bool is_able(const AgentFacts& agent, AccountId account, TeamId team, const std::optional<std::string>& skill) {
    if (agent.account != account || agent.presence != Presence::online) {
        return false;
    }
    const bool in_team = team.is_nil() || std::ranges::count(agent.teams, team) > 0;
    return in_team && (!skill || std::ranges::count(agent.skills, *skill) > 0);
}

const AgentFacts* find_agent(const Snapshot& snapshot, AgentId id) {
    const auto at = std::ranges::find(snapshot.agents, id, &AgentFacts::id);
    return at == snapshot.agents.end() ? nullptr : &*at;
}

}  // namespace lupaus::router
