// A customer, known by one address on each channel.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::contact {

struct Contact {
    AccountId account;
    ContactId id;
    std::string name;
    std::optional<std::string> email;
    std::optional<std::string> phone;
    std::optional<std::string> external_id;  // another system's id of them
    std::optional<Timestamp> blocked_at;
    ContactId merged_into;  // nil, or who they turned out to be: nothing is done to this one any more
    int version = 1;
    Timestamp created_at{};
    std::string attributes = "{}";  // JSON, by key; set_attributes stores them

    friend bool operator==(const Contact&, const Contact&) = default;
};

}  // namespace lupaus::desk::contact
