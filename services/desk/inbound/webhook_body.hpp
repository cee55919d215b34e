// The desk's own wire form of an incoming message: what integrators post to a webhook channel and what a rejected body
// is replayed from (proto/inbound.schema.json). Unknown fields are ignored: a platform adds one on a Tuesday and
// nothing is lost. Pure, any thread. Errors: invalid and too_large, naming every wrong field.
#pragma once

#include "common/base/error.hpp"
#include "common/blob/blob_store.hpp"
#include "common/text/json.hpp"
#include "services/desk/inbound/types.hpp"
#include "services/desk/message/files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::inbound {

inline constexpr std::size_t kSubjectBytesMax = 1'000;

struct Parsed {
    Inbound message{};                   // account, channel and raw are the caller's; attachments have no hash yet
    std::vector<message::File> files{};  // the attachments with their bytes or addresses, in their order
};

Result<Parsed> parse_webhook(const text::Json& body);

// The id of a body that was refused, for whoever asks what became of it; nothing where none can be read.
std::optional<std::string> find_external_id(const text::Json& body);

// Gives the attachments that came along, and have none yet, their hashes. Blocking (disk): not on the I/O thread.
void store_attachments(blob::BlobStore& blobs, Parsed& parsed);

}  // namespace lupaus::desk::inbound
