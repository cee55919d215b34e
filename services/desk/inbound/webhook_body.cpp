#include "services/desk/inbound/webhook_body.hpp"

#include "common/base/limits.hpp"
#include "common/text/json.hpp"
#include "common/text/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace lupaus::desk::inbound {

namespace {

using conversation::Visibility;
using text::JsonReader;

constexpr std::array<text::Choice<Visibility>, 2> kVisibilities{
    {{"private", Visibility::private_}, {"public", Visibility::public_}}};

// empty() is true for null and for a list without items.
bool is_blank(const text::Json* value) {
    return value == nullptr || value->empty() || (value->is_string() && value->get_ref<const std::string&>().empty());
}

void check_type(JsonReader& reader) {
    const auto type = reader.optional_string("type");
    if (type && *type != "message") {
        reader.fail("type",
                    "must be \"message\", \"message.edited\", \"message.deleted\", \"delivery.updated\", "
                    "\"typing\" or absent");
    }
}

void read_sender(JsonReader sender, Inbound& message) {
    message.sender_id = sender.string("id", {.max_bytes = limits::kExternalIdBytesMax});
    message.sender_name = sender.string("name", {.min_bytes = 0, .required = false});
    message.sender_email = sender.optional_string("email");
}

// The sender's own verdict, which is trusted as its signature is. What is spam is no less so for being automatic.
void read_judgement(JsonReader& reader, Inbound& message) {
    const bool is_automatic = reader.optional_boolean("automatic").value_or(false);
    const bool is_spam = reader.optional_boolean("spam").value_or(false);
    if (is_spam) {
        message.judgement = message::Judgement{.verdict = message::Verdict::spam, .rule = "channel: spam"};
    } else if (is_automatic) {
        message.judgement = message::Judgement{.verdict = message::Verdict::automatic, .rule = "channel: automatic"};
    }
}

void read_content(JsonReader& reader, Parsed& parsed) {
    auto& message = parsed.message;
    message.text = reader.string("text", {.max_bytes = limits::kTextBytesMax, .min_bytes = 0, .required = false});
    message.html = reader.optional_string("html", {.max_bytes = limits::kTextBytesMax});
    parsed.files = message::read_files(reader, message::FilesOf::customers);
    for (const auto& file : parsed.files) {
        message.attachments.push_back({.name = file.name,
                                       .content_type = file.content_type,
                                       .size_bytes = static_cast<std::int64_t>(file.bytes.size()),
                                       .url = file.url});
    }
    // A field of the wrong type was reported already; only silence is left to be noticed.
    if (is_blank(reader.any("text")) && is_blank(reader.any("html")) && is_blank(reader.any("attachments"))) {
        reader.fail("text", "is required where there is neither html nor an attachment");
    }
}

}  // namespace

Result<Parsed> parse_webhook(const text::Json& body) {
    JsonReader reader(body);
    if (!body.is_object()) {
        return *reader.error();
    }
    Parsed parsed;
    auto& message = parsed.message;
    check_type(reader);
    message.external_id = reader.string("id", {.max_bytes = limits::kExternalIdBytesMax});
    read_sender(reader.object("sender"), message);
    message.thread_id = reader.optional_string("thread_id", {.max_bytes = limits::kExternalIdBytesMax});
    message.external_ref = reader.optional_string("external_ref", {.max_bytes = limits::kExternalIdBytesMax});
    message.subject = reader.string("subject", {.max_bytes = kSubjectBytesMax, .min_bytes = 0, .required = false});
    message.occurred_at = reader.optional_timestamp("occurred_at");
    message.visibility = reader.optional_one_of<Visibility>("visibility", kVisibilities).value_or(Visibility::private_);
    read_judgement(reader, message);
    read_content(reader, parsed);
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return parsed;
}

std::optional<std::string> find_external_id(const text::Json& body) {
    const auto id = body.is_object() ? body.find("id") : body.end();
    if (id == body.end() || !id->is_string() ||
        id->get_ref<const std::string&>().size() > limits::kExternalIdBytesMax) {
        return std::nullopt;
    }
    return id->get<std::string>();
}

void store_attachments(blob::BlobStore& blobs, Parsed& parsed) {
    for (std::size_t i = 0; i < parsed.files.size(); ++i) {
        const auto& file = parsed.files[i];
        auto& attachment = parsed.message.attachments[i];
        if (file.url.empty() && attachment.sha256.empty()) {
            attachment.sha256 = blobs.put(file.bytes).hash;
        }
    }
}

}  // namespace lupaus::desk::inbound
