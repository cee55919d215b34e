#include "services/desk/arrival/mapping.hpp"

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"
#include "services/desk/arrival/fingerprint.hpp"
#include "services/desk/autoreply/guard.hpp"
#include "services/desk/inbound/rules.hpp"
#include "services/desk/inbound/showable.hpp"
#include "services/desk/letter/forward.hpp"
#include "services/desk/letter/head.hpp"
#include "services/desk/letter/machine.hpp"
#include "services/desk/letter/reply_address.hpp"

#include <algorithm>
#include <array>

namespace lupaus::desk::arrival {

namespace {

using lupaus::mail::Address;
using lupaus::mail::Mail;
using lupaus::mail::Part;

constexpr std::size_t kAddressBytesMax = 320;            // RFC 5321: 64 of the local part, 255 of the domain
constexpr std::string_view kNobody = "@sender.invalid";  // RFC 2606: nobody's, for ever
constexpr std::array<std::string_view, 4> kRecipientFields{"delivered-to", "x-original-to", "envelope-to",
                                                           "x-envelope-to"};

bool is_usable(const Address& address) {
    return !address.address.empty() && address.address.size() <= kAddressBytesMax;
}

std::optional<Address> first_usable(const std::vector<Address>& addresses) {
    const auto found = std::ranges::find_if(addresses, is_usable);
    return found == addresses.end() ? std::nullopt : std::optional(*found);
}

bool is_own(const Address& address, const channel::Email& email) {
    const auto lower = letter::lower_address(letter::without_tag(address.address));
    return lower == email.address || std::ranges::find(email.other_addresses, lower) != email.other_addresses.end();
}

// Who wrote it: From. Reply-To says where answers go and is somebody else's word, except where a form on a web site
// writes from the channel's own address and names its visitor there.
std::optional<Address> sender_of(const Mail& mail, const channel::Email& email) {
    if (auto original = letter::find_original_sender(mail, email); original && is_usable(*original)) {
        return original;
    }
    auto from = first_usable(mail.from);
    if (from && is_own(*from, email)) {
        const auto visitor = first_usable(mail.reply_to);
        return visitor && !is_own(*visitor, email) ? visitor : from;
    }
    return from ? from : first_usable(mail.sender);
}

// Before 1970 and after 2262 no time is one that anybody meant.
std::optional<Timestamp> storable(Timestamp time) {
    constexpr Timestamp kEnd = std::chrono::sys_days{std::chrono::year{2262} / 1 / 1};
    return time >= Timestamp{} && time < kEnd ? std::optional(time) : std::nullopt;
}

// A contact of its own for each mail that names nobody: they must not become one conversation.
void set_sender(inbound::Inbound& message, const std::optional<Address>& sender) {
    if (!sender) {
        const auto hash = message.external_id.substr(message.external_id.rfind('#') + 1);
        message.sender_id = "unknown-" + hash + std::string(kNobody);
        return;
    }
    message.sender_id = letter::lower_address(sender->address);
    message.sender_email = sender->address;
    message.sender_name = text::utf8_prefix(sender->name, limits::kNameBytesMax);
}

// Whom it was for, as servers on the way and its head say: a reply address of the desk's may be among them. Whoever
// invents one lacks its MAC.
std::vector<std::string> recipients_of(const Mail& mail) {
    std::vector<std::string> recipients;
    for (const auto& header : mail.headers) {
        if (std::ranges::find(kRecipientFields, header.name) != kRecipientFields.end()) {
            const auto open = header.value.find('<') + 1;  // 0: none
            recipients.push_back(header.value.substr(open, header.value.find('>') - open));
        }
    }
    for (const auto* list : {&mail.to, &mail.cc}) {
        for (const auto& address : *list) {
            recipients.push_back(address.address);
        }
    }
    return recipients;
}

// The uppermost is that of the server that had it last.
std::optional<std::string> return_path_of(const Mail& mail) {
    const auto found = std::ranges::find(mail.headers, "return-path", &lupaus::mail::Header::name);
    if (found == mail.headers.end()) {
        return std::nullopt;
    }
    const auto open = found->value.find('<') + 1;  // 0: none
    return found->value.substr(open, found->value.find('>', open) - open);
}

// What forbids a machine to answer it, as far as the mail says: see desk/autoreply. Who is answered is the sender whom
// a trusted host has verified, so nobody is where the desk takes the mail for somebody else's, or trusts no host.
std::string no_autoreply_of(const Mail& mail, const channel::Email& email, std::string_view sender) {
    auto own = email.other_addresses;
    own.push_back(email.address);
    for (const auto* list : {&mail.to, &mail.cc}) {
        for (const auto& one : *list) {
            if (is_own(one, email)) {
                own.push_back(letter::lower_address(one.address));  // with its tag, if it has one
            }
        }
    }
    const bool is_of_sender = mail.from.size() == 1 && letter::lower_address(mail.from.front().address) == sender;
    const bool is_verified = is_of_sender && email.trusted_host && letter::is_authenticated(mail, *email.trusted_host);
    const auto rule =
        autoreply::why_not(mail, {.return_path = return_path_of(mail), .own = own, .is_verified = is_verified});
    return std::string(rule.value_or(""));
}

void add_file(inbound::Parsed& parsed, message::File file, std::string content_id = {}) {
    parsed.message.attachments.push_back({.name = file.name,
                                          .content_type = file.content_type,
                                          .size_bytes = static_cast<std::int64_t>(file.bytes.size()),
                                          .content_id = std::move(content_id)});
    parsed.files.push_back(std::move(file));
}

// What is longer than a message may be is cut, and hangs on whole.
void set_words(inbound::Parsed& parsed, Mail& mail) {
    auto& message = parsed.message;
    message.subject = text::utf8_prefix(mail.subject, inbound::kSubjectBytesMax);
    auto body = message::received({.text = std::move(mail.text), .html = mail.html});
    if (body.html && body.html->size() > limits::kTextBytesMax) {
        body.html.reset();
        add_file(parsed,
                 {.name = "message.html", .content_type = "text/html", .bytes = *std::move(mail.html), .url = {}});
    }
    if (body.text.size() > limits::kTextBytesMax) {
        auto shown = text::utf8_prefix(body.text, limits::kTextBytesMax);
        add_file(parsed,
                 {.name = "message.txt", .content_type = "text/plain", .bytes = std::move(body.text), .url = {}});
        body.text = std::move(shown);
    }
    inbound::show(message, std::move(body));
}

// Header fields are made of it wherever the file is offered for download.
std::string printable(std::string_view text) {
    auto clean = text::utf8_prefix(text, limits::kNameBytesMax);
    std::erase_if(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return clean;
}

void add_parts(inbound::Parsed& parsed, std::vector<Part>& parts) {
    for (auto& part : parts) {
        message::File file{.name = printable(part.name),
                           .content_type = printable(part.content_type),
                           .bytes = std::move(part.bytes),
                           .url = {}};
        add_file(parsed, std::move(file), printable(part.content_id));
        if (part.kept) {
            auto& attachment = parsed.message.attachments.back();
            attachment.sha256 = std::move(part.kept->name);
            attachment.size_bytes = static_cast<std::int64_t>(part.kept->size);
        }
    }
}

}  // namespace

Mapped map_mail(std::string_view bytes, Timestamp received_at, const Place& place, const lupaus::mail::KeepPart& keep) {
    Mapped mapped;
    auto& message = mapped.parsed.message;
    message.account = place.account;
    message.channel = place.channel;
    message.external_id = fingerprint(bytes);
    message.occurred_at = storable(received_at);
    message.backlog = inbound::is_history(received_at, received_at, place.live_since);
    auto read = lupaus::mail::read(bytes, keep);
    if (!read) {
        message.unreadable = read.error().detail;
        return mapped;
    }
    auto& mail = *read;
    set_sender(message, sender_of(mail, place.email));
    message.sent_at = mail.date ? storable(*mail.date) : std::nullopt;
    message.judgement = letter::judge(mail, {.trusted_host = place.email.trusted_host});
    message.mail = letter::head_of(mail);
    message.mail->answers = letter::find_answered(place.box, place.account, recipients_of(mail));
    message.mail->no_autoreply = no_autoreply_of(mail, place.email, message.sender_id);
    set_words(mapped.parsed, mail);
    add_parts(mapped.parsed, mail.parts);
    mapped.report = std::move(mail.report);
    return mapped;
}

}  // namespace lupaus::desk::arrival
