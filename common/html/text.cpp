#include "common/html/html.hpp"
#include "common/html/lines.hpp"

namespace lupaus::html {

std::string to_text(std::string_view html) {
    return to_text(sanitise(html));
}

std::string to_text(const Sanitised& clean) {
    const auto read = read_html(clean.html, {.links = true});
    const std::string_view words = read.words;
    std::string text;
    text.reserve(words.size() + 2 * read.lines.size());
    for (const auto& line : read.lines) {
        text += line.is_after_blank ? "\n" : "";
        for (int i = 0; i < line.depth; ++i) {
            text += "> ";
        }
        text.append(words.substr(line.begin, line.end - line.begin)).append("\n");
    }
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

}  // namespace lupaus::html
