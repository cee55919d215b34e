#include "services/inbox/attributes.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/attribute/json.hpp"
#include "services/desk/attribute/rules.hpp"
#include "services/desk/attribute/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>
#include <array>

namespace lupaus::inbox {

namespace {

using desk::attribute::Attribute;
using desk::attribute::AttributeId;
using desk::attribute::Subject;
using desk::attribute::Type;
using text::Choice;

constexpr std::string_view kByKey = "attributes.key";

constexpr std::array kSubjects{Choice<Subject>{"conversation", Subject::conversation},
                               Choice<Subject>{"contact", Subject::contact}};
constexpr std::array kTypes{Choice<Type>{"text", Type::text}, Choice<Type>{"number", Type::number},
                            Choice<Type>{"boolean", Type::boolean}, Choice<Type>{"date", Type::date},
                            Choice<Type>{"choice", Type::choice}};

// What has a choice that is no longer offered keeps it until it is given another one.
void read_choices(text::JsonReader& reader, Attribute& attribute) {
    auto choices = reader.optional_string_list("choices", {.max_items = desk::attribute::kChoicesMax});
    if (choices && attribute.type != Type::choice && !choices->empty()) {
        reader.fail("choices", "are only for the type choice");
        return;
    }
    attribute.choices = choices ? *std::move(choices) : attribute.choices;
    if (attribute.type == Type::choice && attribute.choices.empty() && !reader.error()) {
        reader.fail("choices", "must name at least one");
    }
    auto sorted = attribute.choices;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        reader.fail("choices", "must not name a choice twice");
    }
}

Result<Attribute> read_new(const Call& call) {
    text::JsonReader reader(call.body);
    Attribute attribute;
    attribute.account = call.principal.account;
    attribute.id = AttributeId::make();
    attribute.applies_to = reader.one_of<Subject>("applies_to", kSubjects);
    attribute.key = reader.string("key");
    attribute.name = reader.string("name");
    attribute.type = reader.one_of<Type>("type", kTypes);
    if (!attribute.key.empty() && !desk::attribute::is_key(attribute.key)) {
        reader.fail("key", "must begin with a small letter and have at most 40 small letters, digits and _");
    }
    read_choices(reader, attribute);
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<Attribute>(*std::move(error)) : Result<Attribute>(std::move(attribute));
}

void tell(Tx& tx, const Call& call, std::string_view type, const Attribute& attribute) {
    const auto json = desk::attribute::to_json(attribute);
    append_changes(
        tx, call,
        {desk::event::describe(attribute.account, call.actor(), {.type = type, .member = "attribute", .json = json})});
}

Result<Attribute> lock_named(Tx& tx, const Call& call) {
    const auto id = path_id<AttributeId>(call, "attribute");
    auto attribute = id ? desk::attribute::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!attribute) {
        return not_found("attribute");
    }
    auto match = check_if_match(call.request, attribute->version);
    return match ? Result<Attribute>(*std::move(attribute)) : Result<Attribute>(match.error());
}

// A place is a key behind the subject's code, as the list goes.
std::string place_of(const Attribute& attribute) {
    return std::to_string(static_cast<int>(attribute.applies_to)) + attribute.key;
}

}  // namespace

Result<Answer> handle_list_attributes(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByKey);
    if (!page) {
        return page.error();
    }
    const auto after = page->after ? page->after->key : "0";
    const auto rows =
        desk::attribute::list(tx, {.account = call.principal.account,
                                   .after_subject = after.starts_with('1') ? Subject::contact : Subject::conversation,
                                   .after_key = after.empty() ? "" : after.substr(1),
                                   .limit = page->limit + 1});
    const auto place = [](const Attribute& attribute) {
        return Cursor{.key = place_of(attribute), .id = attribute.id.value};
    };
    return Answer{.status = 200, .body = write_page(kByKey, *page, rows, desk::attribute::write, place)};
}

Result<Answer> handle_get_attribute(Tx& tx, const Call& call) {
    const auto id = path_id<AttributeId>(call, "attribute");
    const auto attribute = id ? desk::attribute::find(tx, call.principal.account, *id) : std::nullopt;
    return attribute ? Result<Answer>(found(desk::attribute::to_json(*attribute), attribute->version))
                     : Result<Answer>(not_found("attribute"));
}

Result<Answer> handle_create_attribute(Tx& tx, const Call& call) {
    const auto attribute = read_new(call);
    if (!attribute) {
        return attribute.error();
    }
    if (auto stored = desk::attribute::insert(tx, *attribute); !stored) {
        return stored.error();
    }
    tell(tx, call, "attribute.created", *attribute);
    return created(desk::attribute::to_json(*attribute), attribute->version);
}

Result<Answer> handle_edit_attribute(Tx& tx, const Call& call) {
    auto attribute = lock_named(tx, call);
    if (!attribute) {
        return attribute.error();
    }
    text::JsonReader reader(call.body);
    attribute->name = reader.optional_string("name").value_or(attribute->name);
    read_choices(reader, *attribute);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    desk::attribute::update(tx, *attribute);
    ++attribute->version;
    tell(tx, call, "attribute.updated", *attribute);
    return found(desk::attribute::to_json(*attribute), attribute->version);
}

Result<Answer> handle_delete_attribute(Tx& tx, const Call& call) {
    const auto attribute = lock_named(tx, call);
    if (!attribute) {
        return attribute.error();
    }
    desk::attribute::remove(tx, attribute->account, attribute->id);
    tell(tx, call, "attribute.deleted", *attribute);
    return nothing_left();
}

}  // namespace lupaus::inbox
