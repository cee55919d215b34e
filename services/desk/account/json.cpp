#include "services/desk/account/json.hpp"

#include "services/desk/event/store.hpp"

#include <algorithm>

namespace lupaus::desk::account {

void write_fields(text::JsonWriter& json, const Account& account) {
    json.field("id", account.id).field("name", account.name).field("created_at", account.created_at);
    json.field("version", account.version);
}

void write_quotas(text::JsonWriter& json, std::span<const std::string_view> names, std::span<const Quota> quotas) {
    json.begin_object();
    for (const auto name : names) {
        const auto found = std::ranges::find_if(quotas, [name](const Quota& quota) { return quota.key.name == name; });
        json.field(name, found == quotas.end() ? std::nullopt : std::optional(found->value));
    }
    json.end_object();
}

event::Draft describe(std::string_view type, const Account& account, const event::Actor& actor) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    write_fields(json, account);
    json.end_object();
    return event::describe(account.id, actor, {.type = type, .member = "account", .json = body});
}

}  // namespace lupaus::desk::account
