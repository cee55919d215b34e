// Files as JSON bodies carry them, of customers and of agents alike: {"name", "content_type", "content"}, the bytes in
// base64 (RFC 4648). Reading is pure; storing blocks (disk): not on the I/O thread.
#pragma once

#include "common/blob/blob_store.hpp"
#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/message/types.hpp"

#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::message {

struct File {
    std::string name;
    std::string content_type;  // application/octet-stream where nothing was said
    std::string bytes;
};

enum class UnknownFields { kept, refused };

// The list `attachments`, at most limits::kAttachmentsMax of them. Mistakes are reported into `reader`.
std::vector<File> read_files(text::JsonReader& reader, UnknownFields unknown);

// [{"id", "name", "content_type", "size_bytes"}, …], as messages and replies on their way show them.
void append_attachments(text::JsonWriter& json, std::span<const Attachment> attachments);

// With new ids, for the message that is about to be stored.
std::vector<Attachment> store_files(blob::BlobStore& blobs, MessageId message, const std::vector<File>& files);

}  // namespace lupaus::desk::message
