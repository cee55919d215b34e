// Files as JSON bodies carry them, of customers and of agents alike: {"name", "content_type", "content"}, the bytes in
// base64 (RFC 4648); a customer's may be named by a "url" instead, from which they are fetched later, and an agent's
// have a "content_id" where the reply's html shows them (RFC 2392). Reading is pure; storing blocks (disk): not on the
// I/O thread.
#pragma once

#include "common/blob/blob_store.hpp"
#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/message/types.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::message {

struct File {
    std::string name;
    std::string content_type;  // application/octet-stream where nothing was said
    std::string bytes;
    std::string url;           // empty: the bytes are here
    std::string content_id{};  // by which the message's html names it; empty: it does not
};

// Whose files: the platforms that customers write from may add fields that nobody knows.
enum class FilesOf { agents, customers };

// What a file can be named by in an URL (cid:…) and in a header field alike, without a sign that either would escape.
bool is_content_id(std::string_view text);

// The list `attachments`, at most limits::kAttachmentsMax of them. Mistakes are reported into `reader`.
std::vector<File> read_files(text::JsonReader& reader, FilesOf whom);

// How the last part of a URL's path names a file; "file" where it does not.
std::string file_name_in(std::string_view url);

// {"id", "name", "content_type", "size_bytes", "state", "error", "content_id"}, as messages and replies on their way
// show them.
void append_attachment(text::JsonWriter& json, const Attachment& attachment);
void append_attachments(text::JsonWriter& json, std::span<const Attachment> attachments);

// With new ids, for the message that is about to be stored.
std::vector<Attachment> store_files(blob::BlobStore& blobs, MessageId message, const std::vector<File>& files);

}  // namespace lupaus::desk::message
