#include "services/desk/message/files.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/encoding.hpp"
#include "common/net/target.hpp"
#include "common/net/url_guard.hpp"
#include "common/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace lupaus::desk::message {

namespace {

using text::JsonReader;

constexpr std::string_view kUnknownContent = "application/octet-stream";
constexpr std::string_view kUnknownName = "file";

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Header fields are made of name and content type wherever the file is offered for download.
void check_printable(JsonReader& reader, std::string_view name, std::string_view text) {
    if (has_control(text)) {
        reader.fail(name, "must not contain control characters");
    }
}

std::string read_bytes(JsonReader& reader, FilesOf whom) {
    const auto* encoded = reader.any("content");
    if (encoded == nullptr || !encoded->is_string()) {
        reader.fail("content", whom == FilesOf::agents
                                   ? "is required: the file's bytes in base64"
                                   : "is required where there is no url: the file's bytes in base64");
        return {};
    }
    auto decoded = crypto::base64_decode(encoded->get_ref<const std::string&>());
    if (!decoded) {
        reader.fail("content", "must be base64 (RFC 4648, with its padding and without spaces)");
        return {};
    }
    return *std::move(decoded);
}

// The form only: where it leads is judged by the guard of whoever calls it.
void check_url(JsonReader& reader, const std::string& url) {
    if (const auto parsed = net::parse_url(url); !parsed) {
        const auto& error = parsed.error();
        reader.fail("url", error.fields.empty() ? error.detail : error.fields.front().detail);
    }
    if (const auto* content = reader.any("content"); content != nullptr && !content->is_null()) {
        reader.fail("url", "must not stand beside content");
    }
}

std::string read_content_id(JsonReader& reader) {
    auto id = reader.optional_string("content_id").value_or("");
    if (!id.empty() && !is_content_id(id)) {
        reader.fail("content_id", "must be of letters, digits and . _ + - @");
    }
    return id;
}

bool is_named(const std::vector<File>& files, const std::string& content_id) {
    return !content_id.empty() && std::ranges::find(files, content_id, &File::content_id) != files.end();
}

File read_file(JsonReader& reader, FilesOf whom) {
    File file;
    const auto* given = whom == FilesOf::customers ? reader.any("url") : nullptr;
    const bool has_url = given != nullptr && !given->is_null();
    file.name = reader.string("name", {.required = !has_url});
    check_printable(reader, "name", file.name);
    file.content_type = reader.optional_string("content_type").value_or(std::string(kUnknownContent));
    check_printable(reader, "content_type", file.content_type);
    if (whom == FilesOf::agents) {
        file.content_id = read_content_id(reader);
    }
    if (!has_url) {
        file.bytes = read_bytes(reader, whom);
        return file;
    }
    file.url = reader.string("url", {.max_bytes = limits::kUrlBytesMax});
    if (!file.url.empty()) {
        check_url(reader, file.url);
    }
    file.name = file.name.empty() ? file_name_in(file.url) : std::move(file.name);
    return file;
}

std::string_view to_string(AttachmentState state) {
    switch (state) {
        case AttachmentState::ready:
            return "ready";
        case AttachmentState::fetching:
            return "fetching";
        case AttachmentState::failed:
            return "failed";
    }
    return "unknown";
}

}  // namespace

bool is_content_id(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return is_letter || (c >= '0' && c <= '9') || std::string_view("._+-@").find(c) != std::string_view::npos;
    });
}

std::vector<File> read_files(JsonReader& reader, FilesOf whom) {
    const auto* list = reader.any("attachments");
    auto items = reader.objects("attachments", limits::kAttachmentsMax);
    std::vector<File> files;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!(*list)[i].is_object()) {
            continue;  // reported as a whole
        }
        auto file = read_file(items[i], whom);
        if (is_named(files, file.content_id)) {
            items[i].fail("content_id", "is another attachment's, too");
        }
        files.push_back(std::move(file));
        if (whom == FilesOf::agents) {
            items[i].refuse_unknown();
        }
    }
    return files;
}

// Slashes, which a decoded name may hold, would lead elsewhere when it is saved.
std::string file_name_in(std::string_view url) {
    const auto parsed = net::parse_url(url);
    if (!parsed) {
        return std::string(kUnknownName);
    }
    const std::string_view target = parsed->target;
    const auto path = target.substr(0, target.find('?'));
    auto name = net::percent_decode(path.substr(path.rfind('/') + 1), false).value_or("");
    std::erase_if(name, [](char c) { return has_control(std::string_view(&c, 1)); });
    std::ranges::replace_if(name, [](char c) { return c == '/' || c == '\\'; }, '_');
    name = text::utf8_prefix(name, limits::kNameBytesMax);
    return name.find_first_not_of(". ") == std::string::npos ? std::string(kUnknownName) : name;
}

void append_attachment(text::JsonWriter& json, const Attachment& attachment) {
    const bool is_there = attachment.state == AttachmentState::ready;
    json.begin_object().field("id", attachment.id).field("name", attachment.name);
    json.field("content_type", attachment.content_type);
    json.field("size_bytes", is_there ? std::optional(attachment.size_bytes) : std::nullopt);
    json.field("state", to_string(attachment.state)).field("error", attachment.error);
    json.field("content_id", attachment.content_id.empty() ? std::nullopt : std::optional(attachment.content_id));
    json.end_object();
}

void append_attachments(text::JsonWriter& json, std::span<const Attachment> attachments) {
    json.begin_array();
    for (const auto& attachment : attachments) {
        append_attachment(json, attachment);
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
                               .sha256 = blobs.put(file.bytes).hash,
                               .content_id = file.content_id});
    }
    return attachments;
}

}  // namespace lupaus::desk::message
