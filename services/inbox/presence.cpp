#include "services/desk/agent/presence.hpp"
#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/agent/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/resource.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::agent::Presence;

const std::array kStates{
    text::Choice<Presence>{desk::agent::to_string(Presence::online), Presence::online},
    text::Choice<Presence>{desk::agent::to_string(Presence::away), Presence::away},
    text::Choice<Presence>{desk::agent::to_string(Presence::break_), Presence::break_},
    text::Choice<Presence>{desk::agent::to_string(Presence::offline), Presence::offline},
};

Result<Answer> put_presence(Tx& tx, const Call& call, desk::AgentId id) {
    const auto agent = desk::agent::lock(tx, call.principal.account, id, lease_terms(call));
    if (!agent) {
        return not_found("agent");
    }
    if (agent->disabled_at) {
        return Error{.code = Errc::conflict, .detail = "A disabled agent is offline."};
    }
    const auto now = desk::database_now(tx);
    text::JsonReader reader(call.body);
    const auto state = reader.one_of<Presence>("state", kStates);
    const auto until = reader.optional_timestamp("until");
    if (const auto refusal = desk::agent::refuse_until(state, until, now)) {
        reader.fail("until", std::string(*refusal));
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto change = desk::agent::put(tx, call.principal.account, id, state, until);
    if (change) {
        desk::agent::record(tx, call.desk, std::span(&*change, 1), call.actor());
    }
    std::string body;
    text::JsonWriter json(body);
    json.begin_object()
        .field("agent_id", id)
        .field("state", desk::agent::to_string(state))
        .field("until", until)
        .end_object();
    return Answer{.status = 200, .body = std::move(body)};
}

}  // namespace

Result<Answer> handle_put_own_presence(Tx& tx, const Call& call) {
    if (call.principal.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent."};
    }
    return put_presence(tx, call, call.principal.agent);
}

Result<Answer> handle_put_presence(Tx& tx, const Call& call) {
    const auto id = path_id<desk::AgentId>(call, "agent");
    return id ? put_presence(tx, call, *id) : Result<Answer>(id.error());
}

}  // namespace lupaus::inbox
