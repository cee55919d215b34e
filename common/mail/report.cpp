#include "common/mail/report.hpp"

#include "common/base/limits.hpp"
#include "common/mail/ascii.hpp"
#include "common/mail/content.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/field.hpp"
#include "common/mail/lines.hpp"

#include <algorithm>

namespace lupaus::mail {

namespace {

// The value of "type; value" without the type: rfc822; aino@example.net
std::string without_type(std::string_view folded) {
    const auto value = decode_field(folded).text;
    return std::string(trim(std::string_view(value).substr(value.find(';') + 1)));
}

std::string first_word(std::string_view folded) {
    const auto value = decode_field(folded).text;
    return value.substr(0, value.find_first_of(" \t;("));
}

FailedRecipient read_recipient(std::string_view group) {
    const auto original = find_field(group, "original-recipient");
    const auto last = find_field(group, "final-recipient");
    return {.address = without_type(original.empty() ? last : original),
            .action = to_lower(first_word(find_field(group, "action"))),
            .status = first_word(find_field(group, "status")),
            .diagnostic = without_type(find_field(group, "diagnostic-code"))};
}

// Groups of fields between empty lines: one about the mail, then one about each recipient.
std::vector<FailedRecipient> read_recipients(std::string_view status) {
    std::vector<FailedRecipient> recipients;
    LineReader lines(status);
    std::size_t begin = 0;
    std::size_t end = 0;
    const auto take = [&] {
        const auto group = status.substr(begin, end - begin);
        const bool is_recipient = !find_field(group, "final-recipient").empty();
        if (is_recipient && recipients.size() < limits::kMailFailedRecipientsMax) {
            recipients.push_back(read_recipient(group));
        }
    };
    while (const auto line = lines.next()) {
        end = line->begin;
        if (trim(line->text).empty()) {
            take();
            begin = line->end;
        }
    }
    end = status.size();
    take();
    return recipients;
}

bool is_returned(const Entity& entity) {
    return entity.is("message/rfc822") || entity.is("text/rfc822-headers") || entity.is("message/global") ||
           entity.is("message/global-headers");
}

}  // namespace

void read_report(const std::vector<Entity>& entities, Mail& mail) {
    const auto& whole = entities.front();
    if (!whole.is("multipart/report")) {
        return;
    }
    Report report;
    const auto type = whole.type.find("report-type");
    bool is_delivery = is_same_name(type, "delivery-status");
    mail.is_read_receipt = is_same_name(type, "disposition-notification");
    for (const auto child : whole.children) {
        const auto& part = entities[child];
        if (part.is("message/delivery-status") || part.is("message/global-delivery-status")) {
            is_delivery = true;
            report.recipients = read_recipients(bytes_of(part));
        }
        mail.is_read_receipt |= part.is("message/disposition-notification");
        if (is_returned(part) && report.original_message_id.empty()) {
            const auto bytes = bytes_of(part);
            auto ids = parse_message_ids(find_field(header_of(bytes), "message-id"));
            report.original_message_id = ids.empty() ? "" : std::move(ids.front());
        }
    }
    if (is_delivery) {
        mail.report = std::move(report);
    }
}

std::vector<std::string> parse_message_ids(std::string_view folded) {
    const auto value = to_utf8(unfold(folded), {}).text;
    std::string_view rest = value;
    std::vector<std::string> ids;
    const bool is_bracketed = rest.find('<') != std::string_view::npos;
    while (!rest.empty()) {
        const auto begin = std::min(is_bracketed ? rest.find('<') : rest.find_first_not_of(kBlanks), rest.size());
        rest.remove_prefix(std::min(begin + (is_bracketed ? 1 : 0), rest.size()));
        const auto end = std::min(rest.find_first_of(is_bracketed ? ">" : kBlanks), rest.size());
        std::string id(rest.substr(0, end));
        std::erase_if(id, [](char c) { return c == ' ' || is_control(c); });
        if (!id.empty()) {
            ids.push_back(std::move(id));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return ids;
}

}  // namespace lupaus::mail
