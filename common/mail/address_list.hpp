// Lists of addresses (RFC 5322, section 3.4, and 4.4 for the obsolete forms), read leniently and without recursion:
// groups may nest as they like, quotes and brackets may stay open. Any thread, no errors, linear.
#pragma once

#include "common/mail/mail.hpp"

#include <string_view>
#include <vector>

namespace lupaus::mail {

struct AddressList {
    std::vector<Address> addresses{};
    bool is_lossy = false;
};

AddressList parse_addresses(std::string_view folded);

}  // namespace lupaus::mail
