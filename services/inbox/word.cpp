#include "services/inbox/word.hpp"

namespace lupaus::inbox {

WordDraft read_word(text::JsonReader& reader) {
    WordDraft draft;
    draft.text = reader.string("text", {.max_bytes = kWordBytesMax});
    draft.due_at = reader.timestamp("due_at");
    return draft;
}

Result<void> check_due(Timestamp due_at, Timestamp now, std::string field) {
    if (due_at > now && due_at <= now + kWordMax) {
        return {};
    }
    return invalid_field(std::move(field), due_at <= now ? "must be in the future" : "must be within two years");
}

}  // namespace lupaus::inbox
