// What a client writes: strings, names of folders, sets of mails, and the steps of logging in. Pure.
// Source: RFC 3501, sections 4.3, 5.1.3 (modified UTF-7) and 9; RFC 4616 (PLAIN); RFC 4959 (SASL-IR); XOAUTH2 as Google
// and Microsoft describe it.
#pragma once

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::imap {

enum class Proof : std::uint8_t { password, xoauth2 };

struct Login {
    std::string user{};
    Secret secret{};  // the password, or the access token
    Proof proof = Proof::password;
};

std::string in_quotes(std::string_view text);  // printable ASCII

// A folder's name in quotes, from UTF-8. Errors: invalid.
Result<std::string> folder_name(std::string_view utf8);

std::string uid_set(std::span<const std::uint32_t> uids);  // ascending; 4:6,9

// A command in the parts that the server asks for one after the other, without tag and line ends. Errors: invalid,
// where the server offers no way that these credentials can take.
Result<std::vector<std::string>> login_command(const Login& login, std::span<const std::string> capabilities);

bool contains(std::span<const std::string> capabilities, std::string_view name);

}  // namespace lupaus::imap
