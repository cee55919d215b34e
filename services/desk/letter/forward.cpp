#include "services/desk/letter/forward.hpp"

#include "services/desk/letter/head.hpp"
#include "services/desk/letter/machine.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace lupaus::desk::letter {

namespace {

using lupaus::mail::Address;
using lupaus::mail::Mail;

constexpr std::string_view kSpace = " \t\r>*";  // around names and addresses; "*From:*" is how bold text looks

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(kSpace);
    return from == std::string_view::npos ? std::string_view()
                                          : text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

bool is_own(std::string_view address, const channel::Email& channel) {
    return address == channel.address || std::ranges::count(channel.other_addresses, address) > 0;
}

bool is_trusted(const Mail& mail, const channel::Email& channel) {
    return mail.from.size() == 1 && is_own(lower_address(mail.from.front().address), channel) &&
           (!channel.trusted_host || is_authenticated(mail, *channel.trusted_host));
}

bool is_forwarding_line(std::string_view line) {
    constexpr std::array kLines{"forwarded message",       "begin forwarded message", "original message",
                                "välitetty viesti",        "alkuperäinen viesti",     "weitergeleitete nachricht",
                                "ursprüngliche nachricht", "message transféré",       "message d'origine",
                                "mensaje reenviado",       "mensaje original",        "vidarebefordrat meddelande",
                                "ursprungligt meddelande"};
    const auto from = line.find_first_not_of(" \t-_>");
    const auto words = lower_address(from == std::string_view::npos ? std::string_view() : line.substr(from));
    return std::ranges::any_of(kLines, [&](std::string_view known) { return words.starts_with(known); });
}

// "From: Ada <ada@example.org>", "Lähettäjä: ada@example.org [mailto:…]"
std::optional<Address> read_from_line(std::string_view line) {
    constexpr std::array kNames{"from", "von", "de", "från", "lähettäjä"};
    const auto colon = line.find(':');
    const auto name = lower_address(trim(line.substr(0, colon)));
    if (colon == std::string_view::npos || std::ranges::count(kNames, name) == 0) {
        return std::nullopt;
    }
    auto value = trim(line.substr(colon + 1));
    const auto open = value.find_first_of("<[");
    const auto close = value.find_first_of(">]", open);
    auto address = open == std::string_view::npos ? value : trim(value.substr(open + 1, close - open - 1));
    address.remove_prefix(address.starts_with("mailto:") ? 7 : 0);
    const bool is_address = std::ranges::count(address, '@') == 1 &&
                            address.find_first_of(" \t,;\"<") == address.npos && !address.starts_with('@') &&
                            !address.ends_with('@');
    if (!is_address) {
        return std::nullopt;
    }
    auto shown = open == std::string_view::npos ? std::string_view() : trim(value.substr(0, open));
    if (shown.size() >= 2 && shown.starts_with('"') && shown.ends_with('"')) {
        shown = shown.substr(1, shown.size() - 2);
    }
    return Address{.name = std::string(shown), .address = std::string(address)};
}

// The first From of the block that a forwarding line opens: of nested ones the outermost.
std::optional<Address> find_inline(std::string_view text) {
    constexpr int kBlockLinesMax = 12;
    int left = 0;  // lines of the block that may still follow
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (left > 0) {
            if (auto found = read_from_line(line)) {
                return found;
            }
        }
        left = left > 0 ? left - 1 : is_forwarding_line(line) ? kBlockLinesMax : 0;
    }
    return std::nullopt;
}

std::optional<Address> find_attached(const Mail& mail) {
    const auto is_mail = [](const lupaus::mail::Part& part) { return part.content_type == "message/rfc822"; };
    if (std::ranges::count_if(mail.parts, is_mail) != 1) {
        return std::nullopt;
    }
    const auto inner = lupaus::mail::read(std::ranges::find_if(mail.parts, is_mail)->bytes);
    return inner && !inner->from.empty() ? std::optional(inner->from.front()) : std::nullopt;
}

}  // namespace

std::optional<Address> find_original_sender(const Mail& mail, const channel::Email& channel) {
    if (!channel.attributes_forwarded || !is_trusted(mail, channel)) {
        return std::nullopt;
    }
    auto found = find_inline(mail.text);
    found = found ? std::move(found) : find_attached(mail);
    const bool is_others = found && !found->address.empty() && !is_own(lower_address(found->address), channel);
    return is_others ? std::move(found) : std::nullopt;
}

}  // namespace lupaus::desk::letter
