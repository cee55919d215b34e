#include "services/desk/inbound/codec.hpp"

#include "common/crypto/digest.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/inbound/payload_reader.hpp"

#include <nlohmann/json.hpp>

#include <array>

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

constexpr std::array<std::string_view, 4> kKindNames{"message", "drain", "wake", "release"};

void write_optional(text::JsonWriter& json, std::string_view name, const std::optional<std::string>& value) {
    if (value) {
        json.field(name, *value);
    }
}

void write_showable(text::JsonWriter& json, const Inbound& message) {
    if (!message.is_showable) {
        return;
    }
    json.field("showable", true);
    if (message.folds.text) {
        json.field("text_fold", *message.folds.text);
    }
    if (message.folds.html) {
        json.field("html_fold", *message.folds.html);
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
        json.begin_object().field("name", attachment.name).field("content_type", attachment.content_type);
        if (attachment.url.empty()) {
            json.field("size_bytes", attachment.size_bytes).field("sha256", attachment.sha256);
            write_filled(json, "content_id", attachment.content_id);
        } else {
            // A router that knows no addresses cannot read this size: it sets the message aside and loses no file.
            json.field("url", attachment.url).field("size_bytes", -1);
        }
        json.end_object();
    }
    json.end_array();
}

void write_mail(text::JsonWriter& json, const MailHead& mail) {
    json.key("mail").begin_object();
    write_filled(json, "id", mail.id);
    if (!mail.references.empty()) {
        json.key("references").begin_array();
        for (const auto& id : mail.references) {
            json.value(id);
        }
        json.end_array();
    }
    if (mail.answers != 0) {
        json.field("answers", mail.answers);
    }
    if (!mail.people.empty()) {
        json.key("people").begin_array();
        for (const auto& person : mail.people) {
            json.begin_object().field("role", static_cast<int>(person.role)).field("name", person.name);
            json.field("address", person.address).end_object();
        }
        json.end_array();
    }
    json.field("no_autoreply", mail.no_autoreply).end_object();
}

// A file is the same where only the query differs: signatures of links are renewed.
std::string_view meaning_of(const Attachment& attachment) {
    const std::string_view url = attachment.url;
    return url.empty() ? std::string_view(attachment.sha256) : url.substr(0, url.find_first_of("?#"));
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
        append_measured(bytes, meaning_of(attachment));
    }
    if (message.mail) {
        append_measured(bytes, std::string_view(message.mail->id));
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
    write_optional(json, "external_ref", message.external_ref);
    write_filled(json, "subject", message.subject);
    write_filled(json, "text", message.text);
    write_optional(json, "html", message.html);
    write_showable(json, message);
    if (message.occurred_at) {
        json.field("occurred_us", epoch_micros(*message.occurred_at));
    }
    if (message.sent_at) {
        json.field("sent_us", epoch_micros(*message.sent_at));
    }
    if (message.visibility != conversation::Visibility::private_) {
        json.field("visibility", static_cast<int>(message.visibility));
    }
    if (message.judgement) {
        json.field("verdict", static_cast<int>(message.judgement->verdict)).field("rule", message.judgement->rule);
    }
    write_attachments(json, message.attachments);
    if (message.mail) {
        write_mail(json, *message.mail);
    }
    write_filled(json, "unreadable", message.unreadable);
    json.end_object();
    return out;
}

Result<Inbound> decode(std::string_view payload) {
    Inbound message{.id = MessageId{}};
    if (!PayloadReader(payload).read(message)) {
        return Error{.code = Errc::invalid, .detail = "The stored payload of this message cannot be read."};
    }
    const bool has_sender = !message.sender_id.empty() || !message.unreadable.empty();
    if (message.external_id.empty() || !has_sender) {
        return Error{.code = Errc::invalid, .detail = "The stored payload of this message has no id or no sender."};
    }
    return message;
}

Result<Inbound> decode(const Queued& row) {
    auto message = decode(std::string_view(row.payload));
    if (message && !message->unreadable.empty()) {
        return Error{.code = Errc::invalid, .detail = std::move(message->unreadable)};
    }
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

std::string to_json(const Receipt& receipt) {
    std::string body;
    body.reserve(128);
    text::JsonWriter json(body);
    json.begin_object().field("status", receipt.duplicate ? "duplicate" : "accepted");
    if (receipt.duplicate) {
        json.field("conflict", receipt.conflict);
    }
    json.field("inbound_id", receipt.id).end_object();
    return body;
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
