// The pieces that commands of SMTP and LMTP are made of (RFC 5321, section 4.1.2): paths with their parameters. Pure,
// any thread.
#pragma once

#include "common/smtp/reception.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::smtp {

struct Path {
    std::string address{};          // without <> and source route; empty: <>
    std::string_view parameters{};  // what stands behind it
};

// `argument` begins with `word` ("FROM:"), in any case. Nothing: it is no path.
std::optional<Path> read_path(std::string_view argument, std::string_view word);

// Why the address cannot be taken; nothing: it can, as far as its form goes.
std::optional<Answer> judge_address(std::string_view address, bool is_utf8_allowed);

std::optional<std::size_t> read_size(std::string_view digits);
std::string upper_case(std::string_view text);  // ASCII
std::string_view trimmed(std::string_view text);
bool has_control(std::string_view text);

}  // namespace lupaus::smtp
