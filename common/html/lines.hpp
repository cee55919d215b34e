// A message as lines of words with what is known of each, the common ground of reading HTML as text and of finding what
// was said before. Blank lines are no lines here: the next one knows. Linear, pure, any thread.
#pragma once

#include "common/html/marks.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::html {

struct Line {
    std::size_t begin = 0;  // its words, without spaces around
    std::size_t end = 0;
    std::size_t past = 0;  // where what follows it begins in the message itself
    Mark mark = Mark::none;
    std::uint8_t depth = 0;  // quotations around it, as far as they are shown
    bool is_after_blank = false;
};

struct Lines {
    std::string words{};  // of all lines, one after the other
    std::vector<Line> lines{};
};

// What a line says besides its words.
struct Shown {
    bool links = false;     // the address behind the words of a link
    bool pictures = false;  // that there is one, where it was sent along
};

Lines read_html(std::string_view sanitised, Shown shown);

// ">" before a line is a quotation; the words are in the text.
std::vector<Line> read_text(std::string_view text);

}  // namespace lupaus::html
