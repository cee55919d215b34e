#include "services/desk/agent/json.hpp"

#include "services/desk/agent/rules.hpp"
#include "services/desk/event/store.hpp"

namespace lupaus::desk::agent {

namespace {

void write_signature(text::JsonWriter& json, const std::optional<Signature>& signature) {
    json.key("signature");
    if (signature) {
        json.begin_object().field("text", signature->text).field("html", signature->html).end_object();
    } else {
        json.value(nullptr);
    }
}

}  // namespace

void write_agent(text::JsonWriter& json, const Agent& agent) {
    json.begin_object().field("id", agent.id).field("name", agent.name).field("email", agent.email);
    json.field("role", to_string(agent.role)).field("capacity", agent.capacity).field("load", agent.load);
    json.key("skills").begin_array();
    for (const auto& skill : agent.skills) {
        json.value(skill);
    }
    json.end_array().key("team_ids").begin_array();
    for (const auto& team : agent.teams) {
        json.value(team);
    }
    json.end_array().field("presence", to_string(agent.presence));
    json.field("presence_until", agent.presence_until).field("disabled", agent.disabled_at.has_value());
    write_signature(json, agent.signature);
    json.field("version", agent.version).end_object();
}

void write_team(text::JsonWriter& json, const Team& team) {
    json.begin_object().field("id", team.id).field("name", team.name).field("mode", to_string(team.mode));
    json.field("wrap_up_s", team.wrap_up.count()).field("undo_s", team.undo.count());
    write_signature(json, team.signature);
    json.field("version", team.version).end_object();
}

std::string to_json(const Agent& agent) {
    std::string body;
    text::JsonWriter json(body);
    write_agent(json, agent);
    return body;
}

std::string to_json(const Team& team) {
    std::string body;
    text::JsonWriter json(body);
    write_team(json, team);
    return body;
}

event::Draft describe(std::string_view type, const Agent& agent, const event::Actor& actor) {
    return event::describe(agent.account, actor, {.type = type, .member = "agent", .json = to_json(agent)});
}

event::Draft describe(std::string_view type, const Team& team, const event::Actor& actor) {
    return event::describe(team.account, actor, {.type = type, .member = "team", .json = to_json(team)});
}

}  // namespace lupaus::desk::agent
