// Pure rules of search: what a person typed as a PostgreSQL tsquery, and what the database marked as parts for a
// reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::search {

inline constexpr std::size_t kWordsMax = 8;
inline constexpr std::size_t kQueryBytesMax = 200;

// Around the matches of a passage: private-use characters (U+E000, U+E001), which no text search splits on.
inline constexpr std::string_view kMatchBegin = "\xEE\x80\x80";
inline constexpr std::string_view kMatchEnd = "\xEE\x80\x81";

// Every word must occur, each as the beginning of a word; one letter alone has to be the whole word. Nothing where
// there is no letter and no digit, or more than kWordsMax words.
std::optional<std::string> tsquery_of(std::string_view typed);

struct Part {
    std::string text;
    bool is_match = false;

    bool operator==(const Part&) const = default;
};

std::vector<Part> parts_of(std::string_view passage);

}  // namespace lupaus::desk::search
