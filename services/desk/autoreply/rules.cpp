#include "services/desk/autoreply/rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace lupaus::desk::autoreply {

namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

}  // namespace

std::string_view broken_cap(const Before& before) {
    if (before.to_address_today >= kPerAddressAndDayMax) {
        return "once_a_day";
    }
    return before.in_conversation >= kPerConversationMax ? "conversation_cap" : "";
}

bool is_machine_address(std::string_view address) {
    constexpr std::array<std::string_view, 10> kNames{"mailer-daemon", "postmaster", "listserv", "majordomo", "nobody",
                                                      "bounce",        "bounces",    "daemon",   "autoreply", "mailer"};
    constexpr std::array<std::string_view, 7> kBeginnings{"noreply", "donotreply", "owner-",  "bounce-",
                                                          "bounce+", "bounces-",   "bounces+"};
    constexpr std::array<std::string_view, 4> kEnds{"-request", "-bounces", "-owner", "-bounce"};
    const auto local = lower_case(address.substr(0, address.rfind('@')));
    std::string letters;  // "no-reply", "no_reply" and "do.not.reply" are all the same
    std::ranges::copy_if(local, std::back_inserter(letters), [](char c) { return c != '-' && c != '_' && c != '.'; });
    const auto begins = [](std::string_view text, std::string_view with) { return text.starts_with(with); };
    return std::ranges::find(kNames, local) != kNames.end() ||
           std::ranges::any_of(kBeginnings, [&](auto part) { return begins(local, part) || begins(letters, part); }) ||
           std::ranges::any_of(kEnds, [&](auto part) { return local.ends_with(part); });
}

std::string explain(std::string_view rule) {
    if (rule == "once_a_day") {
        return "A machine has written to this customer within the last day already.";
    }
    if (rule == "conversation_cap") {
        return "Machines have written " + std::to_string(kPerConversationMax) +
               " mails in this conversation, and write no more.";
    }
    return "Machines do not write to this address.";
}

}  // namespace lupaus::desk::autoreply
