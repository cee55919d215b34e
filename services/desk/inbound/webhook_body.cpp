#include "services/desk/inbound/webhook_body.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/encoding.hpp"
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
constexpr std::array<std::string_view, 4> kPlannedTypes{"message.edited", "message.deleted", "delivery.updated",
                                                        "typing"};
constexpr std::string_view kUnknownContent = "application/octet-stream";

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// empty() is true for null and for a list without items.
bool is_blank(const text::Json* value) {
    return value == nullptr || value->empty() || (value->is_string() && value->get_ref<const std::string&>().empty());
}

void check_type(JsonReader& reader) {
    const auto type = reader.optional_string("type");
    if (!type || *type == "message") {
        return;
    }
    const bool is_planned = std::ranges::find(kPlannedTypes, *type) != kPlannedTypes.end();
    reader.fail("type", is_planned ? "\"" + *type + "\" is not supported yet; only \"message\" is"
                                   : "must be \"message\" or absent");
}

void read_sender(JsonReader sender, Inbound& message) {
    message.sender_id = sender.string("id", {.max_bytes = limits::kExternalIdBytesMax});
    message.sender_name = sender.string("name", {.min_bytes = 0, .required = false});
    message.sender_email = sender.optional_string("email");
}

// Header fields are made of name and content type wherever the file is offered for download.
void check_printable(JsonReader& reader, std::string_view name, std::string_view text) {
    if (has_control(text)) {
        reader.fail(name, "must not contain control characters");
    }
}

void read_attachment(JsonReader& reader, Parsed& parsed) {
    auto& attachment = parsed.message.attachments.emplace_back();
    auto& content = parsed.contents.emplace_back();
    attachment.name = reader.string("name");
    check_printable(reader, "name", attachment.name);
    attachment.content_type = reader.optional_string("content_type").value_or(std::string(kUnknownContent));
    check_printable(reader, "content_type", attachment.content_type);
    const auto* encoded = reader.any("content");
    if (encoded == nullptr || !encoded->is_string()) {
        reader.fail("content", "is required: the file's bytes in base64");
        return;
    }
    auto decoded = crypto::base64_decode(encoded->get_ref<const std::string&>());
    if (!decoded) {
        reader.fail("content", "must be base64 (RFC 4648, with its padding and without spaces)");
        return;
    }
    content = std::move(*decoded);
    attachment.size_bytes = static_cast<std::int64_t>(content.size());
}

void read_content(JsonReader& reader, Parsed& parsed) {
    auto& message = parsed.message;
    message.text = reader.string("text", {.max_bytes = limits::kTextBytesMax, .min_bytes = 0, .required = false});
    message.html = reader.optional_string("html", {.max_bytes = limits::kTextBytesMax});
    const auto* list = reader.any("attachments");
    auto attachments = reader.objects("attachments", limits::kAttachmentsMax);
    for (std::size_t i = 0; i < attachments.size(); ++i) {
        if ((*list)[i].is_object()) {  // else it was reported as a whole
            read_attachment(attachments[i], parsed);
        }
    }
    // A field of the wrong type was reported already; only silence is left to be noticed.
    if (is_blank(reader.any("text")) && is_blank(reader.any("html")) && is_blank(list)) {
        reader.fail("text", "is required where there is neither html nor an attachment");
    }
}

}  // namespace

Result<Parsed> parse_webhook(std::string_view body) {
    const auto tree = text::parse_json(body);
    if (!tree) {
        return tree.error();
    }
    JsonReader reader(*tree);
    if (!tree->is_object()) {
        return *reader.error();
    }
    Parsed parsed;
    auto& message = parsed.message;
    check_type(reader);
    message.external_id = reader.string("id", {.max_bytes = limits::kExternalIdBytesMax});
    read_sender(reader.object("sender"), message);
    message.thread_id = reader.optional_string("thread_id", {.max_bytes = limits::kExternalIdBytesMax});
    message.subject = reader.string("subject", {.max_bytes = kSubjectBytesMax, .min_bytes = 0, .required = false});
    message.occurred_at = reader.optional_timestamp("occurred_at");
    message.visibility = reader.optional_one_of<Visibility>("visibility", kVisibilities).value_or(Visibility::private_);
    read_content(reader, parsed);
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return parsed;
}

std::optional<std::string> find_external_id(std::string_view body) {
    const auto tree = text::parse_json(body);
    if (!tree || !tree->is_object()) {
        return std::nullopt;
    }
    const auto id = tree->find("id");
    if (id == tree->end() || !id->is_string() ||
        id->get_ref<const std::string&>().size() > limits::kExternalIdBytesMax) {
        return std::nullopt;
    }
    return id->get<std::string>();
}

void store_attachments(blob::BlobStore& blobs, Parsed& parsed) {
    for (std::size_t i = 0; i < parsed.contents.size(); ++i) {
        parsed.message.attachments[i].sha256 = blobs.put(parsed.contents[i]).hash;
    }
}

}  // namespace lupaus::desk::inbound
