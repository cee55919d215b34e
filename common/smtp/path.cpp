#include "common/smtp/path.hpp"

#include "common/text/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace lupaus::smtp {

namespace {

// Where the path that begins with < ends; a > in a quoted string does not end it. npos: nowhere.
std::size_t find_end(std::string_view text) {
    bool is_quoted = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (is_quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && text[at] == '>') {
            return at;
        }
    }
    return std::string_view::npos;
}

// <@a,@b:user@c> names the hosts on the way, which nobody obeys any more (RFC 5321, appendix F.2).
std::string_view without_route(std::string_view address) {
    const auto colon = address.starts_with('@') ? address.find(':') : std::string_view::npos;
    return colon == std::string_view::npos ? address : address.substr(colon + 1);
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::optional<Path> read_path(std::string_view argument, std::string_view word) {
    if (upper_case(argument.substr(0, word.size())) != word) {
        return std::nullopt;
    }
    argument = trimmed(argument.substr(word.size()));
    const auto end = argument.starts_with('<') ? find_end(argument) : std::string_view::npos;
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto behind = argument.substr(end + 1);
    if (!behind.empty() && behind.front() != ' ') {
        return std::nullopt;
    }
    return Path{.address = std::string(without_route(argument.substr(1, end - 1))), .parameters = trimmed(behind)};
}

std::optional<Answer> judge_address(std::string_view address, bool is_utf8_allowed) {
    if (is_ascii(address)) {
        return std::nullopt;
    }
    if (!text::is_valid_utf8(address)) {
        return Answer{.code = 501, .status = "5.1.3", .text = "The address is no UTF-8"};
    }
    if (!is_utf8_allowed) {
        return Answer{.code = 553, .status = "5.6.7", .text = "Such an address needs SMTPUTF8"};
    }
    return std::nullopt;
}

std::optional<std::size_t> read_size(std::string_view digits) {
    std::size_t size = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (end != digits.data() + digits.size() || status == std::errc::invalid_argument) {
        return std::nullopt;
    }
    return status == std::errc::result_out_of_range ? static_cast<std::size_t>(-1) : size;
}

std::string upper_case(std::string_view text) {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return upper;
}

std::string_view trimmed(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace lupaus::smtp
