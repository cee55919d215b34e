#include "services/desk/message/files.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/encoding.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::desk::message {

namespace {

using text::JsonReader;

constexpr std::string_view kUnknownContent = "application/octet-stream";

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Header fields are made of name and content type wherever the file is offered for download.
void check_printable(JsonReader& reader, std::string_view name, std::string_view text) {
    if (has_control(text)) {
        reader.fail(name, "must not contain control characters");
    }
}

std::string read_bytes(JsonReader& reader) {
    const auto* encoded = reader.any("content");
    if (encoded == nullptr || !encoded->is_string()) {
        reader.fail("content", "is required: the file's bytes in base64");
        return {};
    }
    auto decoded = crypto::base64_decode(encoded->get_ref<const std::string&>());
    if (!decoded) {
        reader.fail("content", "must be base64 (RFC 4648, with its padding and without spaces)");
        return {};
    }
    return *std::move(decoded);
}

File read_file(JsonReader& reader) {
    File file;
    file.name = reader.string("name");
    check_printable(reader, "name", file.name);
    file.content_type = reader.optional_string("content_type").value_or(std::string(kUnknownContent));
    check_printable(reader, "content_type", file.content_type);
    file.bytes = read_bytes(reader);
    return file;
}

}  // namespace

std::vector<File> read_files(JsonReader& reader, UnknownFields unknown) {
    const auto* list = reader.any("attachments");
    auto items = reader.objects("attachments", limits::kAttachmentsMax);
    std::vector<File> files;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!(*list)[i].is_object()) {
            continue;  // reported as a whole
        }
        files.push_back(read_file(items[i]));
        if (unknown == UnknownFields::refused) {
            items[i].refuse_unknown();
        }
    }
    return files;
}

void append_attachments(text::JsonWriter& json, std::span<const Attachment> attachments) {
    json.begin_array();
    for (const auto& attachment : attachments) {
        json.begin_object().field("id", attachment.id).field("name", attachment.name);
        json.field("content_type", attachment.content_type).field("size_bytes", attachment.size_bytes).end_object();
    }
    json.end_array();
}

std::vector<Attachment> store_files(blob::BlobStore& blobs, MessageId message, const std::vector<File>& files) {
    std::vector<Attachment> attachments;
    for (const auto& file : files) {
        attachments.push_back({.id = AttachmentId::make(),
                               .message = message,
                               .name = file.name,
                               .content_type = file.content_type,
                               .size_bytes = static_cast<std::int64_t>(file.bytes.size()),
                               .sha256 = blobs.put(file.bytes).hash});
    }
    return attachments;
}

}  // namespace lupaus::desk::message
