#include "services/email/rules.hpp"

#include <algorithm>
#include <set>

namespace lupaus::email {

std::vector<std::string> names_of(std::string_view recipient) {
    std::vector<std::string> names{std::string(recipient)};
    const auto at = recipient.rfind('@');
    const auto plus = recipient.find('+');
    if (plus > 0 && plus < at && at != std::string_view::npos) {
        names.push_back(std::string(recipient.substr(0, plus)) + std::string(recipient.substr(at)));
    }
    return names;
}

Verdict verdict_of(Errc code) {
    switch (code) {
        case Errc::not_found:
            return {.code = 550, .status = "5.1.1"};
        case Errc::unavailable:
            return {.code = 452, .status = "4.3.1"};
        case Errc::rate_limited:
            return {.code = 451, .status = "4.7.1"};
        case Errc::invalid:
        case Errc::too_large:
            return {.code = 554, .status = "5.6.0"};
        default:
            return {};
    }
}

std::string trace_of(const Trace& trace) {
    std::string fields = "Return-Path: <" + trace.sender + ">\r\n";
    for (const auto& recipient : trace.recipients) {
        fields += "Delivered-To: " + recipient + "\r\n";
    }
    fields += "Received: by " + trace.host + " with LMTP; " + trace.date + "\r\n";
    return fields;
}

Timestamp received_at(const std::optional<Timestamp>& arrived, Timestamp now) {
    return arrived ? std::clamp(*arrived + std::chrono::milliseconds{999}, Timestamp{}, now) : now;
}

std::size_t count_unrelated(std::span<const MailIds> mails) {
    std::set<std::string_view> seen;
    std::size_t count = 0;
    for (const auto& mail : mails) {
        const auto is_seen = [&seen](const std::string& id) { return seen.contains(id); };
        if (std::ranges::any_of(mail.references, is_seen)) {
            break;
        }
        if (!mail.id.empty()) {
            seen.insert(mail.id);
        }
        ++count;
    }
    return count;
}

}  // namespace lupaus::email
