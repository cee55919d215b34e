#include "services/desk/contact/rules.hpp"

#include <algorithm>

namespace lupaus::desk::contact {

namespace {

constexpr std::size_t kEmailBytesMax = 254;

bool is_printable(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
}

}  // namespace

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return text.size() <= kEmailBytesMax && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, is_printable);
}

std::string normal_email(std::string_view text) {
    std::string normal(text);
    std::ranges::transform(normal, normal.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return normal;
}

void take_in(Contact& target, const Contact& source) {
    target.name = target.name.empty() ? source.name : target.name;
    target.email = target.email ? target.email : source.email;
    target.phone = target.phone ? target.phone : source.phone;
    target.external_id = target.external_id ? target.external_id : source.external_id;
    target.blocked_at = target.blocked_at ? target.blocked_at : source.blocked_at;
}

}  // namespace lupaus::desk::contact
