#include "services/desk/letter/reply_address.hpp"

#include "common/crypto/encoding.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace lupaus::desk::letter {

namespace {

constexpr std::string_view kPurpose = "reply-address";
constexpr std::string_view kTag = "+r.";
constexpr std::size_t kMacBytes = 8;  // one guess is one mail
constexpr std::size_t kLocalPartBytesMax = 64;

std::string mac_of(const crypto::SecretBox& box, const Numbered& conversation) {
    const auto digest = box.sign(kPurpose, to_string(conversation.account) + ':' + std::to_string(conversation.number));
    return crypto::hex_encode(crypto::as_bytes(digest).substr(0, kMacBytes));
}

struct Tag {
    std::size_t begins = 0;  // in the address
    std::int64_t number = 0;
    std::string mac{};
};

std::optional<Tag> find_tag(std::string_view address) {
    const auto local = text::lower_ascii(address.substr(0, address.rfind('@')));
    const auto at = local.rfind(kTag);
    if (at == std::string::npos || address.rfind('@') == std::string_view::npos) {
        return std::nullopt;
    }
    const auto text = std::string_view(local).substr(at + kTag.size());
    Tag tag{.begins = at};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), tag.number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    const bool is_plain = failure == std::errc{} && tag.number > 0 && !text.starts_with('0');
    if (!is_plain || digits >= text.size() || text[digits] != '.') {
        return std::nullopt;
    }
    tag.mac = text.substr(digits + 1);
    return tag.mac.size() == 2 * kMacBytes ? std::optional(std::move(tag)) : std::nullopt;
}

}  // namespace

std::string make_reply_address(const crypto::SecretBox& box, const Numbered& conversation, std::string_view address) {
    const auto local = address.substr(0, address.rfind('@'));
    const auto tag = std::string(kTag) + std::to_string(conversation.number) + '.' + mac_of(box, conversation);
    if (local.size() + tag.size() > kLocalPartBytesMax) {
        return std::string(address);
    }
    return std::string(local) + tag + std::string(address.substr(local.size()));
}

std::int64_t find_answered(const crypto::SecretBox& box, AccountId account, std::span<const std::string> addresses) {
    for (const auto& address : addresses) {
        const auto tag = find_tag(address);
        if (tag && crypto::constant_time_equal(tag->mac, mac_of(box, {.account = account, .number = tag->number}))) {
            return tag->number;
        }
    }
    return 0;
}

std::string without_tag(std::string_view address) {
    const auto tag = find_tag(address);
    return tag ? std::string(address.substr(0, tag->begins)) + std::string(address.substr(address.rfind('@')))
               : std::string(address);
}

}  // namespace lupaus::desk::letter
