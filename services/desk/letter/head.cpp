#include "services/desk/letter/head.hpp"

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lupaus::desk::letter {

namespace {

using inbound::Person;
using inbound::Role;
using lupaus::mail::Mail;

bool is_usable(std::string_view id) {
    return !id.empty() && id.size() <= limits::kMailIdBytesMax;
}

void add_people(const std::vector<lupaus::mail::Address>& found, Role role, std::vector<Person>& people) {
    for (const auto& [name, address] : found) {
        auto lowered = lower_address(address);
        const auto is_same = [&](const Person& known) { return known.role == role && known.address == lowered; };
        if (!lowered.empty() && people.size() < limits::kMailPeopleMax && std::ranges::none_of(people, is_same)) {
            people.push_back({.role = role, .name = name, .address = std::move(lowered)});
        }
    }
}

}  // namespace

std::string lower_address(std::string_view address) {
    return text::lower_ascii(address);
}

std::vector<std::string> references_of(const Mail& mail) {
    std::vector<std::string> found;
    std::set<std::string_view> seen{mail.message_id};
    const auto add = [&](const std::string& id) {
        if (is_usable(id) && seen.insert(id).second) {
            found.push_back(id);
        }
    };
    std::ranges::for_each(mail.in_reply_to, add);
    std::for_each(mail.references.rbegin(), mail.references.rend(), add);
    if (found.size() > limits::kMailReferencesMax) {
        found[limits::kMailReferencesMax - 1] = std::move(found.back());
        found.resize(limits::kMailReferencesMax);
    }
    return found;
}

std::vector<Person> people_of(const Mail& mail) {
    std::vector<Person> people;
    add_people(mail.from, Role::from, people);
    add_people(mail.reply_to, Role::reply_to, people);
    add_people(mail.to, Role::to, people);
    add_people(mail.cc, Role::cc, people);
    return people;
}

inbound::MailHead head_of(const Mail& mail) {
    return {.id = is_usable(mail.message_id) ? mail.message_id : std::string(),
            .references = references_of(mail),
            .people = people_of(mail)};
}

std::string make_message_id(MessageId message, std::string_view address) {
    return to_string(message) + std::string(address.substr(address.rfind('@')));
}

}  // namespace lupaus::desk::letter
