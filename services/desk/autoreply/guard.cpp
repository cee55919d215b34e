#include "services/desk/autoreply/guard.hpp"

#include "common/mail/draft.hpp"

#include <algorithm>

namespace lupaus::desk::autoreply {

namespace {

using lupaus::mail::Address;
using lupaus::mail::Mail;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

// The first word of a header in lower case: "auto-replied" of "Auto-Replied; owner-email=…".
std::string first_word(std::string_view value) {
    const auto begin = std::min(value.find_first_not_of(" \t"), value.size());
    const auto end = std::min(value.find_first_of(" \t;,(", begin), value.size());
    return lower_case(value.substr(begin, end - begin));
}

bool contains(std::span<const std::string> words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

bool is_for(const std::vector<Address>& addresses, std::span<const std::string> own) {
    return std::ranges::any_of(addresses,
                               [&own](const Address& one) { return contains(own, lower_case(one.address)); });
}

bool has_null_return_path(const Mail& mail, const Situation& situation) {
    if (situation.return_path) {
        return situation.return_path->find('@') == std::string::npos;
    }
    return std::ranges::any_of(mail.headers, [](const auto& header) {
        return header.name == "return-path" && header.value.find('@') == std::string::npos;
    });
}

bool is_auto_submitted(std::string_view name, std::string_view value) {
    return (name == "auto-submitted" && first_word(value) != "no") || name == "x-autoreply" ||
           name == "x-autorespond" || name == "x-loop";
}

bool is_suppressed(std::string_view name, std::string_view value) {
    if (name != "x-auto-response-suppress") {
        return false;
    }
    const auto words = lower_case(value);
    return words.find("all") != std::string::npos || words.find("autoreply") != std::string::npos;
}

bool is_of_list(std::string_view name, std::string_view value) {
    if (name == "precedence") {
        const auto word = first_word(value);
        return word == "bulk" || word == "list" || word == "junk" || word == "auto_reply";
    }
    return name.starts_with("list-") || name == "mailing-list" || name == "x-mailing-list";
}

std::optional<std::string_view> forbidding_header(const Mail& mail) {
    for (const auto& header : mail.headers) {
        if (is_auto_submitted(header.name, header.value)) {
            return "auto_submitted";
        }
        if (is_suppressed(header.name, header.value)) {
            return "suppressed";
        }
        if (is_of_list(header.name, header.value)) {
            return "list";
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> why_not(const Mail& mail, const Situation& situation) {
    if (has_null_return_path(mail, situation)) {
        return "null_return_path";
    }
    if (mail.from.size() != 1 || !lupaus::mail::is_writable_address(mail.from.front().address)) {
        return "no_sender";
    }
    const auto sender = lower_case(mail.from.front().address);
    if (contains(situation.own, sender)) {
        return "own_address";
    }
    if (is_machine_address(sender) || is_machine_address(situation.return_path.value_or(""))) {
        return "machine_address";
    }
    if (const auto rule = forbidding_header(mail)) {
        return rule;
    }
    if (mail.content_type == "multipart/report" || mail.report || mail.is_read_receipt) {
        return "report";
    }
    if (!is_for(mail.to, situation.own) && !is_for(mail.cc, situation.own)) {
        return "not_addressed";
    }
    if (!situation.is_verified) {
        return "not_verified";
    }
    const auto cap = broken_cap(situation.before);
    return cap.empty() ? std::nullopt : std::optional(cap);
}

std::vector<lupaus::mail::Header> automatic_headers(bool is_answer) {
    return {{.name = "Auto-Submitted", .value = is_answer ? "auto-replied" : "auto-generated"},
            {.name = "X-Auto-Response-Suppress", .value = "All"}};
}

}  // namespace lupaus::desk::autoreply
