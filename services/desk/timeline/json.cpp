#include "services/desk/timeline/json.hpp"

#include "common/text/json.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/timeline/sentences.hpp"
#include "services/desk/timeline/wording.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::desk::timeline {

namespace {

using text::Json;
using text::JsonWriter;

const Json* member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string word(const Json& object, const char* name) {
    const auto* value = member(object, name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

Uuid id(const Json& object, const char* name) {
    return parse_uuid(word(object, name)).value_or(Uuid{});
}

std::optional<Timestamp> time(const Json& object, const char* name) {
    return parse_rfc3339(word(object, name));
}

std::int64_t number(const Json& object, const char* name) {
    const auto* value = member(object, name);
    return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

Shown read_shown(const Json& conversation) {
    Shown shown{.version = static_cast<int>(number(conversation, "version")),
                .subject = word(conversation, "subject"),
                .state = word(conversation, "state"),
                .priority = word(conversation, "priority"),
                .assignee = id(conversation, "assignee_id"),
                .team = id(conversation, "team_id"),
                .bot = id(conversation, "bot_token_id"),
                .tags = {},
                .snoozed_until = time(conversation, "snoozed_until")};
    if (const auto* tags = member(conversation, "tags"); tags != nullptr && tags->is_array()) {
        for (const auto& tag : *tags) {
            shown.tags.push_back(tag.is_string() ? tag.get<std::string>() : std::string());
        }
    }
    return shown;
}

Owed read_owed(const Json& promise) {
    return {.kind = word(promise, "kind"),
            .text = word(promise, "text"),
            .outcome = word(promise, "outcome"),
            .opened_at = time(promise, "opened_at").value_or(Timestamp{}),
            .due_at = time(promise, "due_at"),
            .settled_at = time(promise, "settled_at"),
            .agent = id(promise, "agent_id")};
}

Raised read_raised(const Json& alert) {
    Raised raised{.kind = word(alert, "kind"), .level = number(alert, "level"), .recipient_type = {}, .recipient = {}};
    if (const auto* recipient = member(alert, "recipient"); recipient != nullptr && recipient->is_object()) {
        raised.recipient_type = word(*recipient, "type");
        raised.recipient = id(*recipient, "id");
    }
    return raised;
}

const Json* object_member(const Json& object, const char* name) {
    const auto* value = member(object, name);
    return value != nullptr && value->is_object() ? value : nullptr;
}

std::string_view name_of_field(Field field) {
    switch (field) {
        case Field::subject:
            return "subject";
        case Field::state:
            return "state";
        case Field::priority:
            return "priority";
        case Field::assignee:
            return "assignee_id";
        case Field::team:
            return "team_id";
        case Field::tags:
            return "tags";
        case Field::snoozed_until:
            return "snoozed_until";
    }
    return "";
}

std::optional<Uuid> maybe(const Uuid& id) {
    return id.is_nil() ? std::nullopt : std::optional(id);
}

void write_value(JsonWriter& json, Field field, const Shown& shown) {
    switch (field) {
        case Field::subject:
            json.value(shown.subject);
            return;
        case Field::state:
            json.value(shown.state);
            return;
        case Field::priority:
            json.value(shown.priority);
            return;
        case Field::assignee:
            json.value(maybe(shown.assignee));
            return;
        case Field::team:
            json.value(maybe(shown.team));
            return;
        case Field::snoozed_until:
            json.value(shown.snoozed_until);
            return;
        case Field::tags:
            break;
    }
    json.begin_array();
    for (const auto& tag : shown.tags) {
        json.value(tag);
    }
    json.end_array();
}

// Of several that may have changed, those that did; without what was before nobody knows, and one alone surely did.
void write_changes(JsonWriter& json, const Happening& it) {
    const auto fields = fields_of(it.type);
    if (fields.empty() || !it.after || (!it.before && fields.size() > 2)) {
        return;
    }
    json.key("changes").begin_object();
    for (const auto field : fields) {
        if (it.before && !differs(field, *it.before, *it.after)) {
            continue;
        }
        json.key(name_of_field(field)).begin_object();
        if (it.before) {
            json.key("from");
            write_value(json, field, *it.before);
        }
        json.key("to");
        write_value(json, field, *it.after);
        json.end_object();
    }
    json.end_object();
}

std::string_view to_word(event::ActorType type) {
    switch (type) {
        case event::ActorType::customer:
            return "customer";
        case event::ActorType::agent:
            return "agent";
        case event::ActorType::bot:
            return "bot";
        case event::ActorType::system:
            break;
    }
    return "system";
}

std::string_view to_word(message::Kind kind) {
    switch (kind) {
        case message::Kind::message:
            return "message";
        case message::Kind::note:
            return "note";
        case message::Kind::automatic:
            break;
    }
    return "automatic";
}

// A contact, an agent, or the token of who is neither; nil for the desk itself.
Uuid actor_of(const Happening& it) {
    const bool is_person = it.actor.type == event::ActorType::customer || it.actor.type == event::ActorType::agent;
    return is_person ? it.actor.id : it.actor.token.value;
}

}  // namespace

void read_data(Happening& it, std::string_view data) {
    const auto parsed = text::parse_json(data);
    if (!parsed || !parsed->is_object()) {
        return;
    }
    if (const auto* conversation = object_member(*parsed, "conversation")) {
        it.after = read_shown(*conversation);
        it.merged_into = id(*conversation, "merged_into");
    }
    if (const auto* promise = object_member(*parsed, "promise")) {
        it.promise = read_owed(*promise);
    }
    if (const auto* alert = object_member(*parsed, "alert")) {
        it.alert = read_raised(*alert);
    }
    if (const auto* delivery = object_member(*parsed, "delivery")) {
        it.delivery = Way{.state = word(*delivery, "state"), .error = word(*delivery, "error")};
    }
    if (const auto* file = object_member(*parsed, "attachment")) {
        it.file = File{.name = word(*file, "name"), .error = word(*file, "error")};
    }
    it.verdict = word(*parsed, "verdict");
    it.rule = word(*parsed, "rule");
    it.merged_from = id(*parsed, "merged_from");
    it.split_into = id(*parsed, "split_into");
    it.how = word(*parsed, "how");
    it.reason = word(*parsed, "reason");
    it.lost_by = id(*parsed, "bot_token_id");
    if (const auto* agent = object_member(*parsed, "agent")) {
        it.mentioned = id(*agent, "id");
    }
    for (const auto* name : {"promise", "alert", "delivery", "attachment"}) {
        if (const auto* part = object_member(*parsed, name)) {
            it.parts.push_back({.name = name, .json = part->dump()});
        }
    }
}

void collect_ids(const Happening& it, std::vector<Uuid>& ids) {
    const auto add = [&ids](const Uuid& id) {
        if (!id.is_nil()) {
            ids.push_back(id);
        }
    };
    add(actor_of(it));
    for (const auto* shown : {&it.before, &it.after}) {
        if (*shown) {
            add((*shown)->assignee);
            add((*shown)->team);
            add((*shown)->bot);
        }
    }
    add(it.lost_by);
    add(it.mentioned);
    add(it.promise ? it.promise->agent : Uuid{});
    add(it.alert ? it.alert->recipient : Uuid{});
}

std::string to_json(const Happening& it, const Names& names) {
    const auto actor = actor_of(it);
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("id", it.id).field("at", it.at).field("type", it.type);
    json.key("actor").begin_object().field("type", to_word(it.actor.type));
    json.field("id", maybe(actor));
    json.field("name", names.contains(actor) ? std::optional(names.at(actor)) : std::nullopt).end_object();
    json.field("text", sentence(it, names)).key("data").begin_object();
    write_changes(json, it);
    if (it.message) {
        json.key("message").begin_object().field("id", it.message->id);
        json.field("direction", it.message->direction == message::Direction::in ? "in" : "out");
        json.field("kind", to_word(it.message->kind)).end_object();
    }
    for (const auto& [name, value] : {std::pair{"how", &it.how}, std::pair{"reason", &it.reason},
                                      std::pair{"verdict", &it.verdict}, std::pair{"rule", &it.rule}}) {
        if (!value->empty()) {
            json.field(name, *value);
        }
    }
    for (const auto& [name, value] :
         {std::pair{"bot_token_id", &it.lost_by}, std::pair{"agent_id", &it.mentioned},
          std::pair{"merged_from", &it.merged_from}, std::pair{"merged_into", &it.merged_into},
          std::pair{"split_into", &it.split_into}}) {
        if (!value->is_nil()) {
            json.field(name, *value);
        }
    }
    for (const auto& part : it.parts) {
        json.raw_field(part.name, part.json);
    }
    json.end_object().end_object();
    return out;
}

}  // namespace lupaus::desk::timeline
