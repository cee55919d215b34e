#include "services/desk/search/rules.hpp"

#include <algorithm>

namespace lupaus::desk::search {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Letters and digits of ASCII, and every byte beyond it: which of those are letters the database knows.
bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::vector<std::string_view> words_of(std::string_view typed) {
    std::vector<std::string_view> words;
    while (!typed.empty()) {
        const auto* const end = std::ranges::find_if(typed, is_space);
        const auto word = typed.substr(0, static_cast<std::size_t>(end - typed.begin()));
        if (std::ranges::any_of(word, is_word_byte)) {
            words.push_back(word);
        }
        typed.remove_prefix(std::min(typed.size(), word.size() + 1));
    }
    return words;
}

// In quotes nothing means anything to to_tsquery but quotes and backslashes, which are doubled.
void append_word(std::string& query, std::string_view word) {
    query += '\'';
    for (const char c : word) {
        if (c == '\'' || c == '\\') {
            query += c;
        }
        query += c;
    }
    query += word.size() > 1 ? "':*" : "'";
}

}  // namespace

std::optional<std::string> tsquery_of(std::string_view typed) {
    const auto words = words_of(typed);
    if (words.empty() || words.size() > kWordsMax) {
        return std::nullopt;
    }
    std::string query;
    for (const auto word : words) {
        query += query.empty() ? "" : " & ";
        append_word(query, word);
    }
    return query;
}

std::vector<Part> parts_of(std::string_view passage) {
    std::vector<Part> parts;
    bool is_match = false;
    while (!passage.empty()) {
        const auto mark = is_match ? kMatchEnd : kMatchBegin;
        const auto end = std::min(passage.find(mark), passage.size());
        if (end > 0) {
            parts.push_back({.text = std::string(passage.substr(0, end)), .is_match = is_match});
        }
        passage.remove_prefix(std::min(passage.size(), end + mark.size()));
        is_match = !is_match;
    }
    return parts;
}

}  // namespace lupaus::desk::search
