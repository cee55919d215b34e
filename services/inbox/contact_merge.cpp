// Two contacts turn out to be one. The lane is locked first, for it makes contacts and addresses; then the contacts,
// then their conversations, since a reply that is being written looks for an address.
#include "common/text/json_reader.hpp"
#include "services/desk/contact/rules.hpp"
#include "services/desk/contact/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/contacts.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace {

using desk::ContactId;
using desk::contact::Contact;

constexpr int kMovedMax = 1'000;  // conversations, addresses, promises and so on, in one transaction

Error conflict(std::string detail) {
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

struct Both {
    Contact source;
    Contact target;
};

Result<ContactId> read_into(const Call& call, ContactId id) {
    text::JsonReader reader(call.body);
    const auto into = reader.id<ContactId>("into");
    if (into == id) {
        reader.fail("into", "is this contact itself");
    }
    reader.refuse_unknown();
    auto error = reader.error();
    return error ? Result<ContactId>(*std::move(error)) : Result<ContactId>(into);
}

// Errors: not_found; invalid, naming into; conflict, where one was merged away or both have external ids.
Result<Both> lock_both(Tx& tx, const Call& call, ContactId from, ContactId into) {
    const auto account = call.principal.account;
    auto first = desk::contact::lock(tx, account, std::min(from, into));
    auto second = desk::contact::lock(tx, account, std::max(from, into));
    auto& source = from < into ? first : second;
    auto& target = from < into ? second : first;
    if (!source) {
        return not_found("contact");
    }
    if (!target) {
        return invalid_field("/into", "names no contact");
    }
    for (const auto* contact : {&*source, &*target}) {
        if (!contact->merged_into.is_nil()) {
            return merged_away(*contact);
        }
    }
    if (source->external_id && target->external_id) {
        return conflict("Both have an external_id, and only one can stay; the other system has to merge them first.");
    }
    return Both{.source = *std::move(source), .target = *std::move(target)};
}

Result<void> check_extent(Tx& tx, const Contact& source) {
    const auto most = desk::contact::most_of(tx, source, kMovedMax + 1);
    if (most.count > kMovedMax) {
        return conflict("This contact has more than " + std::to_string(kMovedMax) + " " + std::string(most.what) +
                        ", too many to be moved at once; merge the other one into it instead.");
    }
    return {};
}

void lock_conversations(Tx& tx, const Contact& source) {
    std::vector<desk::conversation::Key> keys;
    for (const auto& id : desk::contact::conversations(tx, source, kMovedMax)) {
        keys.push_back({.account = source.account, .id = id});
    }
    desk::conversation::lock(tx, keys);
}

desk::event::Draft draft(Tx& tx, const Call& call, const Contact& contact, const std::string& more = {}) {
    return {.account = contact.account,
            .type = "contact.merged",
            .actor = call.actor(),
            .conversation = {},
            .message = {},
            .data = R"({"contact":)" + contact_json(tx, contact) + more + "}"};
}

}  // namespace

Result<Answer> handle_merge_contact(Tx& tx, const Call& call) {
    const auto id = path_id<ContactId>(call, "contact");
    if (!id) {
        return id.error();
    }
    const auto into = read_into(call, *id);
    if (!into) {
        return into.error();
    }
    desk::inbound::lock_lane(tx, call.principal.account);
    auto both = lock_both(tx, call, *id, *into);
    if (!both) {
        return both.error();
    }
    if (auto may = check_extent(tx, both->source); !may) {
        return may.error();
    }
    lock_conversations(tx, both->source);
    auto& [source, target] = *both;
    desk::contact::take_in(target, source);
    const auto earlier = desk::contact::merge(tx, source, target);
    source = *desk::contact::find(tx, source.account, source.id);
    target = *desk::contact::find(tx, target.account, target.id);
    std::vector<desk::event::Draft> drafts{draft(tx, call, source)};
    drafts.push_back(draft(tx, call, target, R"(,"merged_from":")" + to_string(source.id) + "\""));
    for (const auto& contact : earlier) {
        drafts.push_back(draft(tx, call, contact));
    }
    append_changes(tx, call, drafts);
    return found(contact_json(tx, target), target.version);
}

}  // namespace lupaus::inbox
