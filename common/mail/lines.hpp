// The lines of a text, one after the other. A line ends with LF or CRLF, the last one perhaps with neither.
#pragma once

#include <optional>
#include <string_view>

namespace lupaus::mail {

struct Line {
    std::string_view text;  // without its end
    std::size_t begin = 0;
    std::size_t end = 0;  // where the next one begins
};

class LineReader {
public:
    explicit LineReader(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Line> next() {
        if (at_ == bytes_.size()) {
            return std::nullopt;
        }
        const auto begin = at_;
        const auto feed = bytes_.find('\n', begin);
        at_ = feed == std::string_view::npos ? bytes_.size() : feed + 1;
        auto text = bytes_.substr(begin, (feed == std::string_view::npos ? at_ : feed) - begin);
        if (feed != std::string_view::npos && text.ends_with('\r')) {
            text.remove_suffix(1);
        }
        return Line{.text = text, .begin = begin, .end = at_};
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace lupaus::mail
