// A place in one response that moves over its tokens. Each `take_…` moves only when it finds what it looks for. Pure.
// Source: RFC 3501, section 9.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::imap {

std::string upper(std::string_view text);  // ASCII only

class Cursor {
public:
    Cursor(std::string_view line, std::vector<std::string> literals) : line_(line), literals_(std::move(literals)) {}

    bool is_at_end() const { return at_ == line_.size(); }

    bool take(char wanted);
    std::string_view take_word();  // up to a space or the end; may be empty
    std::string_view take_rest();
    std::string take_item_name();  // of FETCH: in upper case, with what stands in brackets behind it
    std::optional<std::uint64_t> take_number();
    std::optional<std::string> take_string();  // quoted, or a literal
    bool take_nil();
    bool skip_value();  // an atom, a string, or a list of values, however deep

private:
    char peek() const { return is_at_end() ? ' ' : line_[at_]; }

    std::optional<std::string> take_quoted();
    std::optional<std::string> take_literal();
    bool skip_atom();

    std::string_view line_;
    std::size_t at_ = 0;
    std::vector<std::string> literals_;
    std::size_t next_literal_ = 0;
};

}  // namespace lupaus::imap
