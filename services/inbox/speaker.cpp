#include "services/inbox/speaker.hpp"

#include "services/desk/agent/store.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace {

using desk::agent::Role;
using desk::message::AuthorType;

constexpr std::string_view kActAs = "messages:act_as";

Speaker speaker_of_token(const Call& call) {
    const auto& principal = call.principal;
    if (!principal.agent.is_nil()) {
        return {.agent = principal.agent,
                .author = {.type = AuthorType::agent, .id = principal.agent.value, .name = principal.agent_name},
                .actor = call.actor()};
    }
    const bool is_program = principal.role == Role::integrator;
    return {
        .agent = {},
        .author = {.type = is_program ? AuthorType::bot : AuthorType::system, .id = principal.token.value, .name = {}},
        .actor = call.actor()};
}

}  // namespace

bool may_act_as_others(const desk::token::Principal& principal) {
    return std::ranges::find(principal.scopes, kActAs) != principal.scopes.end();
}

Result<Speaker> find_speaker(Tx& tx, const Call& call, const std::optional<desk::AgentId>& on_behalf_of) {
    const auto& principal = call.principal;
    if (!on_behalf_of || *on_behalf_of == principal.agent) {
        return speaker_of_token(call);
    }
    if (!principal.agent.is_nil() || (principal.role == Role::integrator && !may_act_as_others(principal))) {
        return Error{
            .code = Errc::forbidden,
            .detail = "To speak for an agent needs an integrator's token with the scope " + std::string(kActAs) + "."};
    }
    const auto agent = desk::agent::find(tx, principal.account, *on_behalf_of, lease_terms(call));
    if (!agent || agent->disabled_at) {
        return invalid_field("/on_behalf_of", agent ? "names an agent who is disabled" : "names no agent");
    }
    return Speaker{.agent = agent->id,
                   .author = {.type = AuthorType::agent, .id = agent->id.value, .name = agent->name},
                   .actor = {.type = desk::event::ActorType::agent, .id = agent->id.value, .token = principal.token}};
}

}  // namespace lupaus::inbox
