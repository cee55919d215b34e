#include "common/mail/draft.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/mail/draft_body.hpp"
#include "common/mail/draft_field.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace lupaus::mail {

namespace {

constexpr std::size_t kAddressBytesMax = 254;  // RFC 5321, section 4.5.3.1.3: 256 with the brackets
constexpr std::size_t kMessageIdBytesMax = 250;
constexpr std::size_t kReferencesMax = 50;  // the first one and the newest; what is between says nothing more
constexpr std::string_view kOctets = "application/octet-stream";

bool is_visible(char c) {
    return c > ' ' && c <= '~';
}

bool is_visible_without(std::string_view text, std::string_view forbidden) {
    return !text.empty() && std::ranges::all_of(text, is_visible) &&
           text.find_first_of(forbidden) == std::string_view::npos;
}

// As UTF-8 of more than a byte, but for the controls U+0080 to U+009F and the ends of lines U+2028 and U+2029.
bool is_beyond_ascii(std::string_view sequence) {
    const auto second = static_cast<unsigned char>(sequence[1]);
    const bool is_control = sequence[0] == '\xC2' && second < 0xA0;
    return !is_control && sequence != "\xE2\x80\xA8" && sequence != "\xE2\x80\xA9";
}

bool is_local_part(std::string_view text) {
    std::string ascii;
    while (!text.empty()) {
        const auto bytes = text::sequence_bytes(text, 0);
        if (bytes == 0 || (bytes > 1 && !is_beyond_ascii(text.substr(0, bytes)))) {
            return false;
        }
        ascii += bytes == 1 ? text[0] : 'a';
        text.remove_prefix(bytes);
    }
    return is_visible_without(ascii, "<>()[]\\,;:@\"");
}

bool is_field_name(std::string_view name) {
    return is_visible_without(name, ":");
}

bool is_type(std::string_view type) {
    return is_visible_without(type, "()<>@,;:\\\"[]?=") && std::ranges::count(type, '/') == 1 &&
           !type.starts_with('/') && !type.ends_with('/');
}

bool is_message_id(std::string_view id) {
    return is_visible_without(id, "<>()\\\",;") && std::ranges::count(id, '@') == 1 && id.size() <= kMessageIdBytesMax;
}

// The first mistake decides; `fail` keeps it.
class Judge {
public:
    void take_value(const std::string& field, std::string_view value) {
        constexpr std::string_view kEnds("\r\n\0", 3);
        if (value.find_first_of(kEnds) != std::string_view::npos) {
            fail(field, "holds a line break or a NUL, which no header field may");
        } else if (!text::is_valid_utf8(value)) {
            fail(field, "is not UTF-8");
        }
    }

    void take_address(const std::string& field, const Address& address) {
        take_value(field + "/name", address.name);
        if (!is_writable_address(address.address)) {
            fail(field + "/address", std::string(kUnwritable));
        }
    }

    void take_addresses(const std::string& field, const std::vector<Address>& addresses) {
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            take_address(field + "/" + std::to_string(i), addresses[i]);
        }
    }

    void take_body(const std::string& field, std::string_view body) {
        if (text::has_nul(body) || !text::is_valid_utf8(body)) {
            fail(field, "is not UTF-8 without NUL");
        }
    }

    void take_part(const std::string& field, const Part& part) {
        take_value(field + "/name", part.name);
        if (!is_type(part.content_type)) {
            fail(field + "/content_type", "is no media type");
        }
        if (!part.content_id.empty() && !is_visible_without(part.content_id, "<>()\\\",;")) {
            fail(field + "/content_id", "is no content id");
        }
    }

    void take_extra(const std::string& field, const Header& header);

    void require(bool holds, std::string field, std::string detail) {
        if (!holds) {
            fail(std::move(field), std::move(detail));
        }
    }

    const std::optional<Error>& error() const { return error_; }

private:
    void fail(std::string field, std::string detail) {
        if (!error_) {
            error_ = invalid_field(std::move(field), std::move(detail));
        }
    }

    std::optional<Error> error_;
};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

// Those that are made from the draft's other members.
bool is_own_field(std::string_view name) {
    constexpr std::array<std::string_view, 14> kOwn{
        "date",    "from",       "sender",      "reply-to",   "to",           "cc",          "bcc",
        "subject", "message-id", "in-reply-to", "references", "mime-version", "return-path", "received"};
    const auto lower = lower_case(name);
    return std::ranges::find(kOwn, lower) != kOwn.end() || lower.starts_with("content-");
}

void Judge::take_extra(const std::string& field, const Header& header) {
    require(is_field_name(header.name), field + "/name", "is no name of a header field");
    require(!is_own_field(header.name), field + "/name", "is written from the mail's other members");
    take_value(field + "/value", header.value);
}

std::optional<Error> find_mistake(const Draft& draft) {
    Judge judge;
    judge.require(is_message_id(draft.message_id), "/message_id", "is no Message-ID");
    judge.take_address("/from", draft.from);
    if (draft.reply_to) {
        judge.take_address("/reply_to", *draft.reply_to);
    }
    judge.take_addresses("/to", draft.to);
    judge.take_addresses("/cc", draft.cc);
    judge.take_addresses("/bcc", draft.bcc);
    judge.require(!draft.to.empty() || !draft.cc.empty() || !draft.bcc.empty(), "/to", "names nobody");
    judge.take_value("/subject", draft.subject);
    judge.take_value("/in_reply_to", draft.in_reply_to);
    for (std::size_t i = 0; i < draft.references.size(); ++i) {
        judge.take_value("/references/" + std::to_string(i), draft.references[i]);
    }
    judge.take_body("/text", draft.text);
    judge.take_body("/html", draft.html.value_or(""));
    for (std::size_t i = 0; i < draft.parts.size(); ++i) {
        judge.take_part("/parts/" + std::to_string(i), draft.parts[i]);
    }
    for (std::size_t i = 0; i < draft.extra.size(); ++i) {
        judge.take_extra("/extra/" + std::to_string(i), draft.extra[i]);
    }
    return judge.error();
}

std::string format_date(Timestamp time) {
    constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                  kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                  kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

void write_ids(std::string& out, std::string_view name, const std::vector<std::string>& ids) {
    std::vector<std::string_view> known;
    std::ranges::copy_if(ids, std::back_inserter(known), is_message_id);  // others' may be anything
    if (known.empty()) {
        return;
    }
    if (known.size() > kReferencesMax) {
        known.erase(known.begin() + 1, known.end() - (kReferencesMax - 1));
    }
    Field field(out, name);
    for (const auto id : known) {
        field.add("<" + std::string(id) + ">");
    }
}

void write_addresses(std::string& out, std::string_view name, const std::vector<Address>& addresses) {
    if (!addresses.empty()) {
        Field(out, name).add_addresses(addresses);
    }
}

void write_head(std::string& out, const Draft& draft) {
    Field(out, "Date").add(format_date(draft.date));
    Field(out, "From").add_addresses({&draft.from, 1});
    if (draft.reply_to) {
        Field(out, "Reply-To").add_addresses({&*draft.reply_to, 1});
    }
    write_addresses(out, "To", draft.to);
    write_addresses(out, "Cc", draft.cc);
    if (draft.to.empty() && draft.cc.empty()) {
        Field(out, "To").add("undisclosed-recipients:;");
    }
    Field(out, "Subject").add_text(draft.subject);
    Field(out, "Message-ID").add("<" + draft.message_id + ">");
    write_ids(out, "In-Reply-To", {draft.in_reply_to});
    write_ids(out, "References", draft.references);
    for (const auto& header : draft.extra) {
        Field(out, header.name).add_text(header.value);
    }
    Field(out, "MIME-Version").add("1.0");
}

// What is inside of a part belongs to its multipart; the mark is not in any of them.
class Body {
public:
    Body(std::string& out, const Draft& draft) : out_(out), draft_(draft) {
        const auto digest = crypto::sha256(draft.message_id);
        mark_ = "=_" + crypto::hex_encode(crypto::as_bytes(digest).substr(0, 12));
        for (const auto& part : draft.parts) {
            const bool is_shown = draft.html && part.disposition == Disposition::inlined && !part.content_id.empty();
            (is_shown ? shown_ : attached_).push_back(&part);
        }
    }

    void write() {
        if (attached_.empty()) {
            write_words();
            return;
        }
        begin_multipart("mixed", "");
        begin_part("mixed");
        write_words();
        for (const auto* part : attached_) {
            begin_part("mixed");
            write_file(*part);
        }
        end_multipart("mixed");
    }

private:
    void write_words() {
        if (!draft_.html) {
            write_text("plain", draft_.text);
        } else if (draft_.text.empty()) {
            write_html();
        } else {
            begin_multipart("alternative", "");
            begin_part("alternative");
            write_text("plain", draft_.text);
            begin_part("alternative");
            write_html();
            end_multipart("alternative");
        }
    }

    void write_html() {
        if (shown_.empty()) {
            write_text("html", *draft_.html);
            return;
        }
        begin_multipart("related", "text/html");
        begin_part("related");
        write_text("html", *draft_.html);
        for (const auto* part : shown_) {
            begin_part("related");
            write_file(*part);
        }
        end_multipart("related");
    }

    void write_text(std::string_view subtype, std::string_view text) {
        const auto lines = with_network_lines(text);
        const bool is_plain = is_plain_text(lines) && lines.find(mark_) == std::string::npos;
        const auto encoding = is_plain ? Encoding::seven_bit : shortest_encoding(lines);
        {
            Field field(out_, "Content-Type");
            field.add("text/" + std::string(subtype));
            field.add_parameter("charset", "utf-8");
        }
        begin_content(encoding);
        append_encoded(out_, lines, encoding);
    }

    // A mail inside of the mail may not be encoded (RFC 2046, section 5.2.1), so one that is not plain is a file.
    void write_file(const Part& part) {
        const bool is_composite =
            part.content_type.starts_with("message/") || part.content_type.starts_with("multipart/");
        const bool is_mail = part.content_type == "message/rfc822" && is_plain_text(part.bytes) &&
                             part.bytes.find(mark_) == std::string::npos;
        Field(out_, "Content-Type").add(is_composite && !is_mail ? kOctets : part.content_type);
        {
            Field field(out_, "Content-Disposition");
            field.add(part.disposition == Disposition::inlined ? "inline" : "attachment");
            if (!part.name.empty()) {
                field.add_parameter("filename", part.name);
            }
        }
        if (!part.content_id.empty()) {
            Field(out_, "Content-ID").add("<" + part.content_id + ">");
        }
        const auto encoding = is_mail ? Encoding::seven_bit : Encoding::base64;
        begin_content(encoding);
        append_encoded(out_, part.bytes, encoding);
    }

    void begin_multipart(const std::string& subtype, std::string_view root_type) {
        {
            Field field(out_, "Content-Type");
            field.add("multipart/" + subtype);
            field.add_parameter("boundary", boundary(subtype));
            if (!root_type.empty()) {
                field.add_parameter("type", root_type);
            }
        }
        out_ += "\r\n";
    }

    void begin_content(Encoding encoding) {
        Field(out_, "Content-Transfer-Encoding").add(to_string(encoding));
        out_ += "\r\n";
    }

    void begin_part(const std::string& subtype) { out_ += "\r\n--" + boundary(subtype) + "\r\n"; }

    void end_multipart(const std::string& subtype) { out_ += "\r\n--" + boundary(subtype) + "--\r\n"; }

    std::string boundary(const std::string& subtype) const { return mark_ + "_" + subtype.substr(0, 1); }

    std::string& out_;
    const Draft& draft_;
    std::string mark_;
    std::vector<const Part*> shown_, attached_;
};

}  // namespace

bool is_writable_address(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == address.size() || address.size() > kAddressBytesMax) {
        return false;
    }
    const auto domain = address.substr(at + 1);
    return is_local_part(address.substr(0, at)) && is_visible_without(domain, "<>()\\,;@\"") &&
           !domain.starts_with('.') && !domain.ends_with('.');
}

std::vector<std::string> recipients(const Draft& draft) {
    std::vector<std::string> addresses, seen;
    for (const auto* group : {&draft.to, &draft.cc, &draft.bcc}) {
        for (const auto& one : *group) {
            auto key = lower_case(one.address);
            if (std::ranges::find(seen, key) == seen.end()) {
                seen.push_back(std::move(key));
                addresses.push_back(one.address);
            }
        }
    }
    return addresses;
}

Result<std::string> write(const Draft& draft) {
    if (auto mistake = find_mistake(draft)) {
        return *std::move(mistake);
    }
    std::string bytes;
    write_head(bytes, draft);
    Body(bytes, draft).write();
    return bytes;
}

}  // namespace lupaus::mail
