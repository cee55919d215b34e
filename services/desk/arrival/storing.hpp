// A mail that arrives, with its files in the blob store: large ones go there while they are decoded, so that memory
// holds the mail's own bytes and no second copy of what hangs on it. Blocking (disk): not on the I/O thread. A failing
// store throws; what was stored by then has no name or is stored again with the next try.
#pragma once

#include "common/blob/blob_store.hpp"
#include "services/desk/arrival/mapping.hpp"

#include <string_view>

namespace lupaus::desk::arrival {

// As map_mail(), but attachments have their hashes, and `files` is empty.
Mapped map_and_store(std::string_view bytes, Timestamp received_at, const Place& place, blob::BlobStore& blobs);

}  // namespace lupaus::desk::arrival
