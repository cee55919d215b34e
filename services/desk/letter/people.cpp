#include "services/desk/letter/people.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace lupaus::desk::letter {

namespace {

using inbound::Person;
using inbound::Role;

constexpr std::array<std::string_view, 4> kRoles{"from", "reply_to", "to", "cc"};

std::string text_at(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string_view to_string(Role role) {
    return kRoles.at(static_cast<std::size_t>(role));
}

void write_people(text::JsonWriter& json, std::span<const Person> people) {
    json.begin_array();
    for (const auto& person : people) {
        json.begin_object().field("role", to_string(person.role)).field("name", person.name);
        json.field("address", person.address).end_object();
    }
    json.end_array();
}

std::vector<Person> read_people(std::string_view json) {
    std::vector<Person> people;
    const auto tree = nlohmann::json::parse(json, nullptr, false);
    if (!tree.is_array()) {
        return people;
    }
    for (const auto& item : tree) {
        const auto role = item.is_object() ? std::ranges::find(kRoles, text_at(item, "role")) : kRoles.end();
        if (role != kRoles.end()) {
            people.push_back({.role = static_cast<Role>(role - kRoles.begin()),
                              .name = text_at(item, "name"),
                              .address = text_at(item, "address")});
        }
    }
    return people;
}

}  // namespace lupaus::desk::letter
