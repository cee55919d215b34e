#include "common/html/fold.hpp"
#include "common/html/html.hpp"

namespace lupaus::html {

std::size_t find_text_fold(std::string_view text) {
    const auto lines = read_text(text);
    const auto fresh = count_fresh(text, lines);
    return fresh < lines.size() ? lines[fresh - 1].past : text.size();
}

Folded fold_text(std::string_view text) {
    const auto fold = find_text_fold(text);
    return {.fresh = std::string(text.substr(0, fold)), .quoted = std::string(text.substr(fold))};
}

}  // namespace lupaus::html
