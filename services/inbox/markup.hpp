// From the few marks that descriptions use (paragraphs, lists, `code`, **bold**) to HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::inbox {

std::string escape_html(std::string_view text);
std::string inline_html(std::string_view text);  // one line
std::string block_html(std::string_view text);

}  // namespace lupaus::inbox
