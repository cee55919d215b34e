// The values of header fields: words in other charsets, lists of addresses, parameters, dates, ids. What is shown of
// them is valid text on one line; a text without any words comes out as it went in.

#include "common/mail/address_list.hpp"
#include "common/mail/date.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/parameters.hpp"
#include "common/mail/report.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

bool is_line(std::string_view text) {
    return text::is_valid_utf8(text) &&
           std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

void check_words(std::string_view value) {
    const auto decoded = mail::decode_words(value);
    require(text::is_valid_utf8(decoded.text) && !text::has_nul(decoded.text));
    require(is_line(mail::decode_field(value).text));
    if (is_line(value) && value.find("=?") == std::string_view::npos && !value.starts_with("\xEF\xBB\xBF")) {
        require(decoded.text == value && !decoded.is_lossy);
    }
}

void check_addresses(std::string_view value) {
    for (const auto& one : mail::parse_addresses(value).addresses) {
        require(is_line(one.name) && is_line(one.address) && !(one.name.empty() && one.address.empty()));
    }
}

void check_parameters(std::string_view value) {
    const auto parameters = mail::parse_parameters(value);
    for (const auto& one : parameters.list) {
        require(is_line(parameters.text(one.name).text));
        require(parameters.find(one.name) == one.bytes);
        require(one.bytes.size() <= value.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto value = fuzz::as_text(data, size);
    check_words(value);
    check_addresses(value);
    check_parameters(value);
    for (const auto& id : mail::parse_message_ids(value)) {
        require(!id.empty() && is_line(id) && id.find(' ') == std::string::npos);
    }
    if (const auto date = mail::parse_date(value)) {
        require(to_rfc3339(*date).size() == 24);
    }
    return 0;
}
