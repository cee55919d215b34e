// A word as it is given: what is promised, and by when; in a reply, over the API, or anew. Pure but for reading.
// Errors: invalid, naming text or due_at.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/desk/promise/types.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace lupaus::inbox {

inline constexpr std::size_t kWordBytesMax = 2'000;
inline constexpr std::chrono::days kWordMax{731};  // from now

struct WordDraft {
    std::string text;
    Timestamp due_at{};
};

WordDraft read_word(text::JsonReader& reader);

// A due time must be ahead of the database's clock. `field`: its JSON pointer.
Result<void> check_due(Timestamp due_at, Timestamp now, std::string field);

}  // namespace lupaus::inbox
