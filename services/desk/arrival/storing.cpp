#include "services/desk/arrival/storing.hpp"

namespace lupaus::desk::arrival {

Mapped map_and_store(std::string_view bytes, Timestamp received_at, const Place& place, blob::BlobStore& blobs) {
    const auto keep = [&blobs](const lupaus::mail::Encoded& encoded) -> lupaus::mail::Kept {
        auto draft = blobs.begin();
        encoded.decode([&draft](std::string_view piece) { draft.write(piece); });
        auto stored = draft.finish();
        return {.name = std::move(stored.hash), .size = stored.size};
    };
    auto mapped = map_mail(bytes, received_at, place, keep);
    inbound::store_attachments(blobs, mapped.parsed);
    mapped.parsed.files.clear();
    return mapped;
}

}  // namespace lupaus::desk::arrival
