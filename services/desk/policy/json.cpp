#include "services/desk/policy/json.hpp"

#include "services/desk/conversation/rules.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::policy {

namespace {

template <class Code>
std::optional<std::string_view> word_or_null(const std::optional<Code>& code) {
    return code ? std::optional<std::string_view>(to_string(*code)) : std::nullopt;
}

}  // namespace

void write_policy(text::JsonWriter& json, const promise::Policy& policy) {
    const auto warn_lead = policy.warn_lead ? std::optional(policy.warn_lead->count()) : std::nullopt;
    json.begin_object().field("id", policy.id).field("kind", to_string(policy.kind));
    json.field("target_s", policy.target.count()).field("warn_lead_s", warn_lead);
    json.field("leads_after_s", policy.leads_after.count()).field("account_after_s", policy.account_after.count());
    json.field("channel_id", id_or_null(policy.channel)).field("team_id", id_or_null(policy.team));
    json.field("priority", word_or_null(policy.priority)).field("visibility", word_or_null(policy.visibility));
    json.field("hours_id", id_or_null(policy.hours)).field("version", policy.version).end_object();
}

std::string to_json(const promise::Policy& policy) {
    std::string body;
    text::JsonWriter json(body);
    write_policy(json, policy);
    return body;
}

event::Draft describe(std::string_view type, const promise::Policy& policy, const event::Actor& actor) {
    return event::describe(policy.account, actor, {.type = type, .member = "policy", .json = to_json(policy)});
}

}  // namespace lupaus::desk::policy
