#include "common/imap/cursor.hpp"

#include "common/imap/response_parser.hpp"

#include <algorithm>
#include <charconv>

namespace lupaus::imap {

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return result;
}

bool Cursor::take(char wanted) {
    if (is_at_end() || line_[at_] != wanted) {
        return false;
    }
    ++at_;
    return true;
}

std::string_view Cursor::take_word() {
    const auto word = line_.substr(at_, line_.find(' ', at_) - at_);
    at_ += word.size();
    return word;
}

std::string_view Cursor::take_rest() {
    const auto rest = line_.substr(at_);
    at_ = line_.size();
    return rest;
}

// BODY[HEADER.FIELDS (TO CC)]<0> is one name.
std::string Cursor::take_item_name() {
    const auto begin = at_;
    at_ = std::min(line_.find_first_of(" [()", at_), line_.size());
    if (peek() == '[') {
        const auto end = line_.find(']', at_);
        if (end == std::string_view::npos) {
            return {};
        }
        at_ = std::min(line_.find_first_of(" ()", end), line_.size());
    }
    const auto name = line_.substr(begin, at_ - begin);
    return name.find(kLiteralMark) == std::string_view::npos ? upper(name) : std::string();
}

std::optional<std::uint64_t> Cursor::take_number() {
    std::uint64_t number = 0;
    const auto* begin = line_.data() + at_;
    const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    at_ += static_cast<std::size_t>(end - begin);
    return number;
}

std::optional<std::string> Cursor::take_string() {
    return peek() == '"' ? take_quoted() : take_literal();
}

std::optional<std::string> Cursor::take_quoted() {
    std::string text;
    for (auto i = at_ + 1; i < line_.size(); ++i) {
        if (line_[i] == '"') {
            at_ = i + 1;
            return text;
        }
        i += line_[i] == '\\' ? 1 : 0;
        if (i == line_.size() || line_[i] == kLiteralMark) {
            break;
        }
        text += line_[i];
    }
    return std::nullopt;
}

// {310}, or ~{310} for one with zero bytes (RFC 3516).
std::optional<std::string> Cursor::take_literal() {
    const auto begin = at_ + (peek() == '~' ? 1 : 0);
    if (begin >= line_.size() || line_[begin] != '{') {
        return std::nullopt;
    }
    const auto end = line_.find('}', begin);
    if (end == std::string_view::npos || end + 1 >= line_.size() || line_[end + 1] != kLiteralMark) {
        return std::nullopt;
    }
    at_ = end + 2;
    return std::move(literals_.at(next_literal_++));
}

bool Cursor::take_nil() {
    if (line_.size() - at_ < 3 || upper(line_.substr(at_, 3)) != "NIL") {
        return false;
    }
    at_ += 3;
    return true;
}

bool Cursor::skip_value() {
    std::size_t depth = 0;
    do {
        if (take('(')) {
            ++depth;
        } else if (depth > 0 && take(')')) {
            --depth;
        } else if (depth > 0 && take(' ')) {
            continue;
        } else if (!take_string() && !skip_atom()) {
            return false;
        }
    } while (depth > 0);
    return true;
}

bool Cursor::skip_atom() {
    constexpr std::string_view kEnds(" ()\"{\0", 6);
    const auto begin = at_;
    at_ = std::min(line_.find_first_of(kEnds, at_), line_.size());
    return at_ > begin;
}

}  // namespace lupaus::imap
