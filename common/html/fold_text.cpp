#include "common/html/fold.hpp"
#include "common/html/html.hpp"

namespace lupaus::html {

Folded fold_text(std::string_view text) {
    const auto lines = read_text(text);
    const auto fresh = count_fresh(text, lines);
    const auto fold = fresh < lines.size() ? lines[fresh - 1].past : text.size();
    return {.fresh = std::string(text.substr(0, fold)), .quoted = std::string(text.substr(fold))};
}

}  // namespace lupaus::html
