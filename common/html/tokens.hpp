// The tags and words of any HTML, in one pass and without a tree. Comments, doctypes and unknown tags are passed over,
// and so are elements that go with all that they hold (elements.hpp). Where an element begins and ends is decided as
// browsers do it, which matters for what is shown and not for safety: nothing is copied from here unread.
// Views into the html, which outlives them. Linear, pure, any thread. Source: WHATWG HTML, section 13.2.5.
#pragma once

#include "common/html/elements.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lupaus::html {

struct Token {
    enum class Kind : std::uint8_t { words, start, end, done };

    Kind kind = Kind::done;
    Tag tag = Tag::unknown;
    std::string_view body{};  // the words as written, or what stands between a start tag's name and its end
    std::size_t at = 0;       // where it begins
    std::size_t past = 0;     // where the next one may
};

class Tokenizer {
public:
    explicit Tokenizer(std::string_view html, std::size_t at = 0) : html_(html), at_(at) {}

    Token next();  // done: again and again

private:
    bool begins_tag(std::size_t at) const;
    bool begins_markup(std::size_t at) const;
    Token read_words();
    std::optional<Token> read_markup();  // nothing: it was passed over
    std::optional<Token> read_tag();     // the same
    std::optional<Token> scan_tag();     // nothing: it is cut off, and browsers show nothing of it
    void pass_comment();
    void pass_content(const Token& start);
    void pass_raw(Tag tag);
    void pass_nested(Tag tag);

    std::string_view html_;
    std::size_t at_;
};

struct Attribute {
    std::string_view name{};   // as written
    std::string_view value{};  // as written, references and all
};

// The attributes of a start tag, in their order, as often as they are written.
class Attributes {
public:
    explicit Attributes(std::string_view body) : body_(body) {}

    std::optional<Attribute> next();

private:
    std::string_view body_;
    std::size_t at_ = 0;
};

constexpr bool is_space(char c) {  // of HTML
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_name(std::string_view a, std::string_view b);  // in any case

}  // namespace lupaus::html
