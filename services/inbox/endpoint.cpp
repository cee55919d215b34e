#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

desk::event::Actor Call::actor() const {
    using desk::event::ActorType;
    if (!principal.agent.is_nil()) {
        return {.type = ActorType::agent, .id = principal.agent.value, .token = principal.token};
    }
    const bool is_program = principal.role == desk::agent::Role::integrator;
    return {.type = is_program ? ActorType::bot : ActorType::system, .id = {}, .token = principal.token};
}

}  // namespace lupaus::inbox
