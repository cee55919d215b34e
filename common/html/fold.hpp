// Where in a message nothing but history and signature follows. Each line is judged for itself and by its neighbours;
// what counts in the end is the last line that somebody has just written. Linear, pure, any thread.
#pragma once

#include "common/html/lines.hpp"

#include <span>
#include <string_view>

namespace lupaus::html {

// How many of the lines come before the fold: all of them where there is none, or where nothing would be left.
std::size_t count_fresh(std::string_view words, std::span<const Line> lines);

}  // namespace lupaus::html
