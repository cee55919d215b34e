#include "services/inbox/contacts.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/contact/rules.hpp"
#include "services/desk/contact/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/attribute_values.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::ContactId;
using desk::contact::Contact;

constexpr std::string_view kById = "contacts.id";
constexpr std::size_t kAddressesMax = 20;

void write_fields(text::JsonWriter& json, const Contact& contact) {
    json.field("id", contact.id)
        .field("name", contact.name)
        .field("email", contact.email)
        .field("phone", contact.phone)
        .field("external_id", contact.external_id);
    json.raw_field("attributes", contact.attributes);
    json.field("blocked", contact.blocked_at.has_value()).field("blocked_at", contact.blocked_at);
    json.field("merged_into", contact.merged_into.is_nil() ? std::nullopt : std::optional(contact.merged_into));
    json.field("created_at", contact.created_at).field("version", contact.version);
}

void write_contact(text::JsonWriter& json, const Contact& contact) {
    json.begin_object();
    write_fields(json, contact);
    json.end_object();
}

// null takes a value away, an absent field leaves it.
void read_optional(text::JsonReader& reader, std::string_view name, std::optional<std::string>& value) {
    const bool given = reader.has(name);
    auto text = reader.optional_string(name);
    if (given) {
        value = std::move(text);
    }
}

void read_changes(Tx& tx, text::JsonReader& reader, Contact& contact) {
    const text::StringRule name{.max_bytes = limits::kNameBytesMax, .min_bytes = 0};
    contact.name = reader.optional_string("name", name).value_or(contact.name);
    const auto email = contact.email;
    read_optional(reader, "email", contact.email);
    if (contact.email && contact.email != email && !desk::contact::is_email(*contact.email)) {
        reader.fail("email", "must be an e-mail address");
    }
    read_optional(reader, "phone", contact.phone);
    if (const auto blocked = reader.optional_boolean("blocked")) {
        contact.blocked_at =
            *blocked ? std::optional(contact.blocked_at.value_or(desk::database_now(tx))) : std::nullopt;
    }
    if (const auto edit = read_attributes(
            tx, reader,
            {.account = contact.account, .subject = desk::attribute::Subject::contact, .by_key = contact.attributes})) {
        desk::contact::set_attributes(tx, contact, edit->by_slot);
        contact.attributes = edit->by_key;
    }
}

std::vector<desk::contact::Address> read_addresses(Tx& tx, text::JsonReader& reader, desk::AccountId account) {
    std::vector<desk::contact::Address> addresses;
    std::vector<desk::ChannelId> channels;
    auto items = reader.objects("addresses", kAddressesMax);
    for (auto& item : items) {
        channels.push_back(item.id<desk::ChannelId>("channel_id"));
        auto address = item.string("address", {.max_bytes = limits::kExternalIdBytesMax});
        item.refuse_unknown();
        addresses.push_back({.channel = channels.back(), .address = std::move(address)});
    }
    if (items.empty()) {
        return addresses;
    }
    const auto known = desk::channel::known(tx, account, channels);
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!channels[i].is_nil() && !known.contains(channels[i])) {
            items[i].fail("channel_id", "names a channel that does not exist");
        }
    }
    return addresses;
}

Error address_taken(std::size_t place) {
    return {
        .code = Errc::conflict,
        .detail = "/addresses/" + std::to_string(place) + " is the address of another contact. Nothing was changed."};
}

}  // namespace

std::string contact_json(Tx& tx, const Contact& contact) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    write_fields(json, contact);
    json.key("addresses").begin_array();
    for (const auto& address : desk::contact::addresses(tx, contact.account, contact.id)) {
        json.begin_object().field("channel_id", address.channel).field("address", address.address).end_object();
    }
    json.end_array().end_object();
    return body;
}

Error merged_away(const Contact& contact) {
    return Error{.code = Errc::conflict,
                 .detail = "This contact was merged into another one, which merged_into names.",
                 .extension = R"({"merged_into":")" + to_string(contact.merged_into) + "\"}"};
}

Result<Answer> handle_list_contacts(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kById);
    if (!page) {
        return page.error();
    }
    const auto after = page->after ? ContactId{page->after->id} : ContactId{};
    const auto rows = desk::contact::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Contact& contact) { return Cursor{.key = {}, .id = contact.id.value}; };
    return Answer{.status = 200, .body = write_page(kById, *page, rows, write_contact, place)};
}

Result<Answer> handle_get_contact(Tx& tx, const Call& call) {
    const auto id = path_id<ContactId>(call, "contact");
    const auto contact = id ? desk::contact::find(tx, call.principal.account, *id) : std::nullopt;
    if (!contact) {
        return not_found("contact");
    }
    return found(contact_json(tx, *contact), contact->version);
}

Result<Answer> handle_edit_contact(Tx& tx, const Call& call) {
    const auto id = path_id<ContactId>(call, "contact");
    auto contact = id ? desk::contact::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!contact) {
        return not_found("contact");
    }
    if (!contact->merged_into.is_nil()) {
        return merged_away(*contact);
    }
    if (auto match = check_if_match(call.request, contact->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    read_changes(tx, reader, *contact);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    desk::contact::update(tx, *contact);
    ++contact->version;
    auto body = contact_json(tx, *contact);
    const desk::event::Change change{.type = "contact.updated", .member = "contact", .json = body};
    append_changes(tx, call, {desk::event::describe(contact->account, call.actor(), change)});
    return found(std::move(body), contact->version);
}

// What other systems know of their customers, however often they say it.
Result<Answer> handle_put_external_contact(Tx& tx, const Call& call) {
    const auto account = call.principal.account;
    text::JsonReader reader(call.body);
    const auto external_id = reader.string("external_id", {.max_bytes = limits::kExternalIdBytesMax});
    const auto addresses = read_addresses(tx, reader, account);
    if (!addresses.empty()) {
        desk::inbound::lock_lane(tx, account);
    }
    auto [contact, is_new] = desk::contact::lock_external(tx, account, external_id);
    const auto before = contact;
    read_changes(tx, reader, contact);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto binding = addresses.empty() ? desk::contact::Binding{} : desk::contact::bind(tx, contact, addresses);
    if (binding.taken) {
        return address_taken(*binding.taken);
    }
    if (contact == before && !is_new && !binding.is_new) {
        return found(contact_json(tx, contact), contact.version);
    }
    desk::contact::update(tx, contact);
    ++contact.version;
    auto body = contact_json(tx, contact);
    const desk::event::Change change{.type = "contact.updated", .member = "contact", .json = body};
    append_changes(tx, call, {desk::event::describe(account, call.actor(), change)});
    return found(std::move(body), contact.version);
}

}  // namespace lupaus::inbox
