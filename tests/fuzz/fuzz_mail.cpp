// Whatever comes in as a mail: refused with a reason, or read into texts that can be stored and names that are no path.

#include "common/base/limits.hpp"
#include "common/mail/mail.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

bool is_text(std::string_view text) {
    return text::is_valid_utf8(text) && !text::has_nul(text);
}

bool is_line(std::string_view text) {
    return is_text(text) && std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

bool is_type(std::string_view text) {
    const auto slash = text.find('/');
    return slash > 0 && slash + 1 < text.size() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void check_addresses(const std::vector<mail::Address>& addresses) {
    for (const auto& one : addresses) {
        require(is_line(one.name) && is_line(one.address));
        require(!one.name.empty() || !one.address.empty());
    }
}

void check_headers(const mail::Mail& mail) {
    for (const auto& header : mail.headers) {
        require(!header.name.empty() && is_line(header.name) && header.name.find(':') == std::string::npos);
        require(is_line(header.value));
    }
    for (const auto* ids : {&mail.in_reply_to, &mail.references}) {
        require(std::ranges::all_of(*ids, [](const auto& id) { return !id.empty() && is_line(id); }));
    }
    for (const auto* list : {&mail.from, &mail.sender, &mail.reply_to, &mail.to, &mail.cc}) {
        check_addresses(*list);
    }
    require(is_line(mail.message_id) && is_line(mail.subject) && is_type(mail.content_type));
}

void check_parts(const mail::Mail& mail, std::size_t size) {
    std::size_t bytes = 0;
    require(mail.parts.size() <= limits::kMailPartsMax + 1);
    for (const auto& part : mail.parts) {
        require(!part.name.empty() && part.name.size() <= limits::kNameBytesMax && is_line(part.name));
        require(part.name.find_first_of("/\\") == std::string::npos && !part.name.starts_with('.'));
        require(is_type(part.content_type) && is_line(part.content_id));
        require(part.disposition == mail::Disposition::attachment || !part.content_id.empty());
        bytes += part.bytes.size();
    }
    require(bytes <= size);
}

void check_report(const mail::Report& report) {
    require(is_line(report.original_message_id));
    require(report.recipients.size() <= limits::kMailFailedRecipientsMax);
    for (const auto& one : report.recipients) {
        require(is_line(one.address) && is_line(one.action) && is_line(one.status) && is_line(one.diagnostic));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto mail = mail::read(fuzz::as_text(data, size));
    if (!mail) {
        require(mail.error().code == Errc::invalid && !mail.error().detail.empty());
        return 0;
    }
    check_headers(*mail);
    check_parts(*mail, size);
    require(is_text(mail->text) && mail->text.find('\r') == std::string::npos);
    require(!mail->html || is_text(*mail->html));
    if (mail->report) {
        check_report(*mail->report);
    }
    return 0;
}
