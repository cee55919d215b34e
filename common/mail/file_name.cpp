#include "common/mail/file_name.hpp"

#include "common/base/limits.hpp"
#include "common/mail/ascii.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>

namespace lupaus::mail {

namespace {

struct Named {
    std::string_view content_type;
    std::string_view name;
};

constexpr Named kNames[] = {
    {"text/plain", "text.txt"},
    {"text/html", "text.html"},
    {"text/calendar", "calendar.ics"},
    {"text/vcard", "contact.vcf"},
    {"text/x-vcard", "contact.vcf"},
    {"text/csv", "table.csv"},
    {"text/rfc822-headers", "headers.txt"},
    {"message/delivery-status", "delivery-status.txt"},
    {"message/global-delivery-status", "delivery-status.txt"},
    {"message/disposition-notification", "receipt.txt"},
    {"application/pdf", "document.pdf"},
    {"application/zip", "archive.zip"},
    {"application/ms-tnef", "winmail.dat"},
    {"application/vnd.ms-tnef", "winmail.dat"},
    {"application/pgp-signature", "signature.asc"},
    {"application/pgp-encrypted", "version.asc"},
    {"application/pkcs7-signature", "smime.p7s"},
    {"application/x-pkcs7-signature", "smime.p7s"},
    {"application/pkcs7-mime", "smime.p7m"},
    {"application/x-pkcs7-mime", "smime.p7m"},
    {"image/jpeg", "image.jpg"},
    {"image/svg+xml", "image.svg"},
    {"image/x-icon", "image.ico"},
    {"audio/mpeg", "audio.mp3"},
};

// Marks that turn the direction of writing, U+202A to U+202E and U+2066 to U+2069, make "gnp.exe" of "exe.png".
std::size_t turning_mark_bytes(std::string_view text) {
    const bool is_turning = text.size() >= 3 && text[0] == '\xE2' &&
                            ((text[1] == '\x80' && text[2] >= '\xAA' && text[2] <= '\xAE') ||
                             (text[1] == '\x81' && text[2] >= '\xA6' && text[2] <= '\xA9'));
    return is_turning ? 3 : 0;
}

std::string without_hidden(std::string_view name) {
    std::string seen;
    for (std::size_t at = 0; at < name.size();) {
        if (const auto bytes = turning_mark_bytes(name.substr(at)); bytes > 0) {
            at += bytes;
            continue;
        }
        seen += is_control(name[at]) ? ' ' : name[at];
        ++at;
    }
    return seen;
}

std::string shortened(std::string_view name) {
    constexpr std::size_t kExtensionBytesMax = 16;
    if (name.size() <= limits::kNameBytesMax) {
        return std::string(name);
    }
    const auto dot = name.rfind('.');
    const bool has_extension = dot != std::string_view::npos && name.size() - dot <= kExtensionBytesMax;
    const auto extension = has_extension ? name.substr(dot) : std::string_view{};
    return text::utf8_prefix(name, limits::kNameBytesMax - extension.size()) + std::string(extension);
}

}  // namespace

std::string clean_file_name(std::string_view name) {
    const auto slash = name.find_last_of("/\\");
    const auto seen = without_hidden(slash == std::string_view::npos ? name : name.substr(slash + 1));
    // No hidden files, and neither "." nor "..".
    const auto begin = std::min(seen.find_first_not_of(". "), seen.size());
    return shortened(trim(std::string_view(seen).substr(begin)));
}

std::string mail_file_name(std::string_view subject) {
    std::string name(subject);
    std::ranges::replace_if(
        name, [](char c) { return std::string_view("/\\:*?\"<>|").find(c) != std::string::npos; }, '_');
    name = clean_file_name(name);
    return (name.empty() ? "message" : text::utf8_prefix(name, limits::kNameBytesMax - 4)) + ".eml";
}

std::string default_file_name(std::string_view content_type) {
    constexpr std::size_t kExtensionBytesMax = 5;
    const auto found = std::ranges::find(kNames, content_type, &Named::content_type);
    if (found != std::end(kNames)) {
        return std::string(found->name);
    }
    const auto slash = std::min(content_type.find('/'), content_type.size());
    const auto type = content_type.substr(0, slash);
    const auto subtype = content_type.substr(std::min(slash + 1, content_type.size()));
    const bool is_extension =
        !subtype.empty() && subtype.size() <= kExtensionBytesMax &&
        std::ranges::all_of(subtype, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
    if (is_extension && (type == "image" || type == "audio" || type == "video")) {
        return std::string(type) + "." + std::string(subtype);
    }
    return "attachment";
}

}  // namespace lupaus::mail
