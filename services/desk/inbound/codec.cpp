#include "services/desk/inbound/codec.hpp"

#include "common/crypto/digest.hpp"
#include "common/text/json_writer.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace lupaus::desk::inbound {

namespace {

using Json = nlohmann::json;

void append_measured(std::string& out, std::string_view part) {
    auto size = static_cast<std::uint64_t>(part.size());
    for (int i = 0; i < 8; ++i, size >>= 8U) {
        out += static_cast<char>(size & 0xFFU);
    }
    out += part;
}

// Absent and empty are two meanings.
void append_measured(std::string& out, const std::optional<std::string>& part) {
    out += part ? '\1' : '\0';
    append_measured(out, part ? std::string_view(*part) : std::string_view());
}

constexpr std::int64_t kOccurredMax = 9'223'372'036'854'775;  // the year 2262, as parse_rfc3339 takes it

constexpr std::array<std::string_view, 4> kKindNames{"message", "drain", "wake", "release"};

enum class Field {
    other,
    external_id,
    sender_id,
    sender_name,
    sender_email,
    thread_id,
    subject,
    text,
    html,
    occurred_us,
    visibility,
    attachments,
    name,
    content_type,
    size_bytes,
    sha256,
};

constexpr std::array<std::pair<std::string_view, Field>, 11> kMessageFields{{
    {"external_id", Field::external_id},
    {"sender_id", Field::sender_id},
    {"sender_name", Field::sender_name},
    {"sender_email", Field::sender_email},
    {"thread_id", Field::thread_id},
    {"subject", Field::subject},
    {"text", Field::text},
    {"html", Field::html},
    {"occurred_us", Field::occurred_us},
    {"visibility", Field::visibility},
    {"attachments", Field::attachments},
}};

constexpr std::array<std::pair<std::string_view, Field>, 4> kAttachmentFields{{
    {"name", Field::name},
    {"content_type", Field::content_type},
    {"size_bytes", Field::size_bytes},
    {"sha256", Field::sha256},
}};

template <std::size_t N>
Field find_field(const std::array<std::pair<std::string_view, Field>, N>& fields, std::string_view name) {
    for (const auto& [known, field] : fields) {
        if (known == name) {
            return field;
        }
    }
    return Field::other;
}

// Fills a message while its payload is read, without a tree in between: the router reads thousands of them a second.
// What a newer program may have added is skipped; a known field of the wrong type ends the reading.
class PayloadReader : public nlohmann::json_sax<Json> {
public:
    bool null() override { return scalar(); }

    bool boolean(bool) override { return scalar() && is_open_field(); }

    bool number_integer(number_integer_t number) override { return integer(number); }

    bool number_unsigned(number_unsigned_t number) override {
        return std::in_range<std::int64_t>(number) && integer(static_cast<std::int64_t>(number));
    }

    bool number_float(number_float_t, const string_t&) override { return scalar() && is_open_field(); }

    bool binary(binary_t&) override { return false; }

    bool string(string_t& content) override {
        if (!scalar()) {
            return false;
        }
        auto* slot = string_slot();
        if (slot != nullptr) {
            *slot = std::move(content);
        }
        return slot != nullptr || is_open_field();
    }

    bool key(string_t& name) override {
        if (depth_ == 1) {
            field_ = find_field(kMessageFields, name);
        } else if (is_in_attachment()) {
            field_ = find_field(kAttachmentFields, name);
        }
        return true;
    }

    bool start_object(std::size_t) override {
        ++depth_;
        if (depth_ == 1) {
            return true;
        }
        if (is_in_attachments_ && depth_ == 3) {
            message_.attachments.emplace_back();
            return true;
        }
        return skipped();
    }

    bool end_object() override {
        --depth_;
        return true;
    }

    bool start_array(std::size_t) override {
        ++depth_;
        if (depth_ == 2 && field_ == Field::attachments) {
            is_in_attachments_ = true;
            return true;
        }
        return depth_ > 1 && skipped();
    }

    bool end_array() override {
        --depth_;
        if (depth_ == 1) {
            is_in_attachments_ = false;
        }
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

    Inbound take() { return std::move(message_); }

private:
    bool is_in_attachment() const { return is_in_attachments_ && depth_ == 3; }

    bool is_at_field() const { return depth_ == 1 || is_in_attachment(); }

    // The document itself must be an object, and the list of attachments holds nothing else.
    bool scalar() const { return depth_ > 0 && !(is_in_attachments_ && depth_ == 2); }

    bool is_open_field() const { return !is_at_field() || field_ == Field::other; }

    // A structure that nobody here knows, or one inside of it.
    bool skipped() const {
        return is_in_attachments_ ? depth_ > 3 && field_ == Field::other : depth_ > 2 || field_ == Field::other;
    }

    bool integer(std::int64_t number) {
        if (!scalar()) {
            return false;
        }
        if (!is_at_field()) {
            return true;
        }
        switch (field_) {
            case Field::occurred_us:
                message_.occurred_at = from_epoch_micros(number);
                return number >= 0 && number <= kOccurredMax;
            case Field::visibility:
                message_.visibility = static_cast<conversation::Visibility>(number);
                return number == 0 || number == 1;
            case Field::size_bytes:
                message_.attachments.back().size_bytes = number;
                return number >= 0;
            default:
                return field_ == Field::other;
        }
    }

    std::string* string_slot() {
        if (!is_at_field()) {
            return nullptr;
        }
        switch (field_) {
            case Field::external_id:
                return &message_.external_id;
            case Field::sender_id:
                return &message_.sender_id;
            case Field::sender_name:
                return &message_.sender_name;
            case Field::sender_email:
                return &message_.sender_email.emplace();
            case Field::thread_id:
                return &message_.thread_id.emplace();
            case Field::subject:
                return &message_.subject;
            case Field::text:
                return &message_.text;
            case Field::html:
                return &message_.html.emplace();
            case Field::name:
                return &message_.attachments.back().name;
            case Field::content_type:
                return &message_.attachments.back().content_type;
            case Field::sha256:
                return &message_.attachments.back().sha256;
            default:
                return nullptr;
        }
    }

    Inbound message_{.id = MessageId{}};
    Field field_ = Field::other;
    int depth_ = 0;
    bool is_in_attachments_ = false;
};

void write_optional(text::JsonWriter& json, std::string_view name, const std::optional<std::string>& value) {
    if (value) {
        json.field(name, *value);
    }
}

void write_filled(text::JsonWriter& json, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        json.field(name, value);
    }
}

void write_attachments(text::JsonWriter& json, const std::vector<Attachment>& attachments) {
    if (attachments.empty()) {
        return;
    }
    json.key("attachments").begin_array();
    for (const auto& attachment : attachments) {
        json.begin_object()
            .field("name", attachment.name)
            .field("content_type", attachment.content_type)
            .field("size_bytes", attachment.size_bytes)
            .field("sha256", attachment.sha256)
            .end_object();
    }
    json.end_array();
}

}  // namespace

Uuid key_of(std::string_view external_id, std::string_view type) {
    std::string bytes;
    bytes.reserve(type.size() + 1 + external_id.size());
    bytes.append(type).append(1, '\0').append(external_id);
    return crypto::sha256_uuid(bytes);
}

Uuid meaning_of(const Inbound& message) {
    std::string bytes;
    bytes.reserve(message.sender_id.size() + message.text.size() + (message.html ? message.html->size() : 0) + 128);
    append_measured(bytes, std::string_view(message.sender_id));
    append_measured(bytes, std::string_view(message.text));
    append_measured(bytes, message.html);
    append_measured(bytes, message.thread_id);
    for (const auto& attachment : message.attachments) {
        append_measured(bytes, std::string_view(attachment.sha256));
    }
    return crypto::sha256_uuid(bytes);
}

std::string encode(const Inbound& message) {
    std::string out;
    out.reserve(message.text.size() + (message.html ? message.html->size() : 0) + 256);
    text::JsonWriter json(out);
    json.begin_object().field("external_id", message.external_id).field("sender_id", message.sender_id);
    write_filled(json, "sender_name", message.sender_name);
    write_optional(json, "sender_email", message.sender_email);
    write_optional(json, "thread_id", message.thread_id);
    write_filled(json, "subject", message.subject);
    write_filled(json, "text", message.text);
    write_optional(json, "html", message.html);
    if (message.occurred_at) {
        json.field("occurred_us", epoch_micros(*message.occurred_at));
    }
    if (message.visibility != conversation::Visibility::private_) {
        json.field("visibility", static_cast<int>(message.visibility));
    }
    write_attachments(json, message.attachments);
    json.end_object();
    return out;
}

Result<Inbound> decode(std::string_view payload) {
    PayloadReader reader;
    if (!Json::sax_parse(payload.begin(), payload.end(), &reader)) {
        return Error{.code = Errc::invalid, .detail = "The stored payload of this message cannot be read."};
    }
    auto message = reader.take();
    if (message.external_id.empty() || message.sender_id.empty()) {
        return Error{.code = Errc::invalid, .detail = "The stored payload of this message has no id or no sender."};
    }
    return message;
}

Result<Inbound> decode(const Queued& row) {
    auto message = decode(std::string_view(row.payload));
    if (message) {
        message->account = row.account;
        message->channel = row.channel;
        message->id = row.id;
    }
    return message;
}

std::string_view to_string(Kind kind) {
    return kKindNames.at(static_cast<std::size_t>(kind));
}

std::string encode_command(const CommandText& command) {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("command", to_string(command.kind));
    json.field("subject", command.subject).end_object();
    return out;
}

std::optional<CommandText> decode_command(std::string_view payload) {
    if (!payload.starts_with("{\"command\":")) {
        return std::nullopt;
    }
    const auto tree = Json::parse(payload, nullptr, false);
    if (!tree.is_object() || !tree.contains("subject") || !tree["command"].is_string() ||
        !tree["subject"].is_string()) {
        return std::nullopt;
    }
    const auto& name = tree["command"].get_ref<const std::string&>();
    const auto subject = parse_uuid(tree["subject"].get_ref<const std::string&>());
    for (std::size_t i = 1; i < kKindNames.size(); ++i) {
        if (kKindNames.at(i) == name && subject) {
            return CommandText{.kind = static_cast<Kind>(i), .subject = *subject};
        }
    }
    return std::nullopt;
}

}  // namespace lupaus::desk::inbound
