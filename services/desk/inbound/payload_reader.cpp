#include "services/desk/inbound/payload_reader.hpp"

#include "common/base/limits.hpp"

#include <charconv>

namespace lupaus::desk::inbound {

namespace {

constexpr std::int64_t kFoldMax = limits::kTextBytesMax;
constexpr std::int64_t kTimeMax = 9'223'372'036'854'775;  // the year 2262, as parse_rfc3339 takes it

void append_utf8(std::string& out, unsigned point) {
    const auto tail = [&out, point](unsigned shift) { out += static_cast<char>(0x80U | (point >> shift & 0x3FU)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | point >> 6U);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | point >> 12U);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | point >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

message::Judgement& judgement_of(Inbound& message) {
    return message.judgement ? *message.judgement : message.judgement.emplace();
}

}  // namespace

bool PayloadReader::read(Inbound& message) {
    const bool is_whole = read_object([&](std::string_view name) { return read_message_field(name, message); });
    skip_space();
    return is_whole && rest_.empty();
}

bool PayloadReader::read_message_field(std::string_view name, Inbound& message) {
    if (take("null")) {
        return true;
    }
    if (name == "external_id") {
        return read_string(message.external_id);
    }
    if (name == "sender_id") {
        return read_string(message.sender_id);
    }
    if (name == "sender_name") {
        return read_string(message.sender_name);
    }
    if (name == "sender_email") {
        return read_string(message.sender_email.emplace());
    }
    if (name == "thread_id") {
        return read_string(message.thread_id.emplace());
    }
    if (name == "external_ref") {
        return read_string(message.external_ref.emplace());
    }
    if (name == "subject") {
        return read_string(message.subject);
    }
    if (name == "text") {
        return read_string(message.text);
    }
    if (name == "html") {
        return read_string(message.html.emplace());
    }
    if (name == "showable") {
        message.is_showable = take("true");
        return message.is_showable;
    }
    if (name == "text_fold") {
        return read_fold(message.folds.text);
    }
    if (name == "html_fold") {
        return read_fold(message.folds.html);
    }
    if (name == "occurred_us") {
        return read_time(message.occurred_at);
    }
    if (name == "sent_us") {
        return read_time(message.sent_at);
    }
    if (name == "visibility") {
        return read_visibility(message);
    }
    if (name == "verdict") {
        return read_verdict(message);
    }
    if (name == "rule") {
        return read_string(judgement_of(message).rule);
    }
    if (name == "mail") {
        return read_mail(message.mail.emplace());
    }
    if (name == "unreadable") {
        return read_string(message.unreadable);
    }
    return name == "attachments" ? read_attachments(message) : skip_value(1);
}

bool PayloadReader::read_time(std::optional<Timestamp>& time) {
    std::int64_t micros = 0;
    const bool is_time = read_integer(micros) && micros >= 0 && micros <= kTimeMax;
    time = from_epoch_micros(is_time ? micros : 0);
    return is_time;
}

bool PayloadReader::read_fold(std::optional<std::int32_t>& fold) {
    std::int64_t characters = 0;
    const bool is_place = read_integer(characters) && characters >= 0 && characters <= kFoldMax;
    fold = is_place ? static_cast<std::int32_t>(characters) : 0;
    return is_place;
}

bool PayloadReader::read_mail(MailHead& mail) {
    return read_object([&](std::string_view name) { return read_mail_field(name, mail); });
}

bool PayloadReader::read_mail_field(std::string_view name, MailHead& mail) {
    if (name == "id") {
        return read_string(mail.id);
    }
    if (name == "references") {
        return read_list([&] { return read_string(mail.references.emplace_back()); });
    }
    if (name == "no_autoreply") {
        mail.no_autoreply.clear();
        return read_string(mail.no_autoreply);
    }
    if (name == "answers") {
        return read_integer(mail.answers) && mail.answers > 0;
    }
    if (name == "people") {
        return read_list([&] {
            auto& person = mail.people.emplace_back();
            return read_object([&](std::string_view field) { return read_person_field(field, person); });
        });
    }
    return skip_value(2);
}

bool PayloadReader::read_person_field(std::string_view name, Person& person) {
    if (name == "name") {
        return read_string(person.name);
    }
    if (name == "address") {
        return read_string(person.address);
    }
    if (name != "role") {
        return skip_value(4);
    }
    std::int64_t code = 0;
    const bool is_role = read_integer(code) && code >= 0 && code <= static_cast<int>(Role::cc);
    person.role = is_role ? static_cast<Role>(code) : Role::to;
    return is_role;
}

bool PayloadReader::read_visibility(Inbound& message) {
    std::int64_t code = 0;
    const bool is_code = read_integer(code) && (code == 0 || code == 1);
    message.visibility = code == 1 ? conversation::Visibility::public_ : conversation::Visibility::private_;
    return is_code;
}

bool PayloadReader::read_verdict(Inbound& message) {
    std::int64_t code = 0;
    const bool is_code = read_integer(code) && code >= 0 && code <= 2;
    judgement_of(message).verdict = static_cast<message::Verdict>(is_code ? code : 0);
    return is_code;
}

bool PayloadReader::read_attachments(Inbound& message) {
    return read_list([&] {
        auto& attachment = message.attachments.emplace_back();
        return read_object([&](std::string_view name) { return read_attachment_field(name, attachment); });
    });
}

bool PayloadReader::read_attachment_field(std::string_view name, Attachment& attachment) {
    if (name == "name") {
        return read_string(attachment.name);
    }
    if (name == "content_type") {
        return read_string(attachment.content_type);
    }
    if (name == "sha256") {
        return read_string(attachment.sha256);
    }
    if (name == "url") {
        return read_string(attachment.url);
    }
    if (name == "content_id") {
        return read_string(attachment.content_id);
    }
    if (name == "size_bytes") {
        return read_size(attachment);
    }
    return skip_value(3);
}

// Nobody knows the size of what is yet to be fetched; its address stands before it.
bool PayloadReader::read_size(Attachment& attachment) {
    const bool is_unknown =
        read_integer(attachment.size_bytes) && attachment.size_bytes == -1 && !attachment.url.empty();
    attachment.size_bytes = is_unknown ? 0 : attachment.size_bytes;
    return is_unknown || (attachment.size_bytes >= 0 && attachment.url.empty());
}

template <class ReadField>
bool PayloadReader::read_object(ReadField read_field) {
    if (!take('{')) {
        return false;
    }
    if (take('}')) {
        return true;
    }
    std::string name;
    do {
        name.clear();
        if (!read_string(name) || !take(':') || !read_field(std::string_view(name))) {
            return false;
        }
    } while (take(','));
    return take('}');
}

template <class ReadItem>
bool PayloadReader::read_list(ReadItem read_item) {
    if (!take('[')) {
        return false;
    }
    if (take(']')) {
        return true;
    }
    do {
        if (!read_item()) {
            return false;
        }
    } while (take(','));
    return take(']');
}

bool PayloadReader::read_string(std::string& out) {
    if (!take('"')) {
        return false;
    }
    for (;;) {
        const auto end = rest_.find_first_of("\"\\");
        if (end == std::string_view::npos) {
            return false;
        }
        out.append(rest_.substr(0, end));
        const bool is_over = rest_[end] == '"';
        rest_.remove_prefix(end + 1);
        if (is_over) {
            return true;
        }
        if (!read_escape(out)) {
            return false;
        }
    }
}

bool PayloadReader::read_escape(std::string& out) {
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const auto at = rest_.empty() ? std::string_view::npos : kShort.find(rest_.front());
    if (at != std::string_view::npos) {
        out += kMeant[at];
        rest_.remove_prefix(1);
        return true;
    }
    unsigned unit = 0;
    if (!read_code_unit(unit)) {
        return false;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        append_utf8(out, unit);
        return true;
    }
    unsigned low = 0;
    const bool is_led = unit < 0xDC00 && rest_.starts_with('\\');
    rest_.remove_prefix(is_led ? 1 : 0);
    const bool is_pair = is_led && read_code_unit(low) && low >= 0xDC00 && low <= 0xDFFF;
    append_utf8(out, is_pair ? 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00) : 0xFFFD);
    return is_pair;
}

// uXXXX, after its backslash.
bool PayloadReader::read_code_unit(unsigned& unit) {
    if (rest_.size() < 5 || rest_.front() != 'u') {
        return false;
    }
    const auto parsed = std::from_chars(rest_.data() + 1, rest_.data() + 5, unit, 16);
    const bool is_unit = parsed.ec == std::errc{} && parsed.ptr == rest_.data() + 5;
    rest_.remove_prefix(5);
    return is_unit;
}

bool PayloadReader::read_integer(std::int64_t& number) {
    skip_space();
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (parsed.ec != std::errc{}) {
        return false;
    }
    rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
    return rest_.empty() || (rest_.front() != '.' && rest_.front() != 'e' && rest_.front() != 'E');
}

bool PayloadReader::skip_value(int depth) {
    skip_space();
    if (rest_.empty() || depth > limits::kJsonDepthMax) {
        return false;
    }
    if (rest_.front() == '"') {
        unused_.clear();
        return read_string(unused_);
    }
    if (rest_.front() == '{') {
        return read_object([&](std::string_view) { return skip_value(depth + 1); });
    }
    if (rest_.front() == '[') {
        return read_list([&] { return skip_value(depth + 1); });
    }
    return skip_scalar();
}

// Numbers and the three words; what they are matters to nobody here.
bool PayloadReader::skip_scalar() {
    const auto size = std::min(rest_.find_first_not_of("-+.0123456789abcdefghijklmnopqrstuvwxyzE"), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
}

void PayloadReader::skip_space() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\r' || rest_.front() == '\t')) {
        rest_.remove_prefix(1);
    }
}

bool PayloadReader::take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) {
        return false;
    }
    rest_.remove_prefix(1);
    return true;
}

bool PayloadReader::take(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) {
        return false;
    }
    rest_.remove_prefix(word.size());
    return true;
}

}  // namespace lupaus::desk::inbound
