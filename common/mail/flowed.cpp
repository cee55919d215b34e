#include "common/mail/flowed.hpp"

#include "common/mail/lines.hpp"

#include <algorithm>

namespace lupaus::mail {

std::string unflow(std::string_view text, bool delsp) {
    std::string joined;
    joined.reserve(text.size());
    std::size_t open_depth = 0;
    bool is_open = false;  // the last line goes on in the next one of its depth
    LineReader lines(text);
    while (const auto line = lines.next()) {
        auto said = line->text;
        const auto depth = std::min(said.find_first_not_of('>'), said.size());
        said.remove_prefix(depth);
        if (said.starts_with(' ')) {
            said.remove_prefix(1);  // stuffed, so that no line begins with ">", "From " or a blank by chance
        }
        const bool is_signature = said == "-- ";
        if (is_open && (depth != open_depth || is_signature)) {
            joined += '\n';
            is_open = false;
        }
        if (!is_open) {
            joined.append(depth, '>');
            joined += depth > 0 && !said.empty() ? " " : "";
        }
        is_open = said.ends_with(' ') && !is_signature;
        open_depth = depth;
        joined += is_open && delsp ? said.substr(0, said.size() - 1) : said;
        joined += is_open ? "" : "\n";
    }
    joined += is_open ? "\n" : "";
    return joined;
}

}  // namespace lupaus::mail
