#include "common/smtp/reply.hpp"

#include "common/text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::smtp {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// class "." subject "." detail, of one, three and three digits at most; "" where the text begins with none.
std::string_view leading_enhanced(std::string_view text) {
    constexpr std::size_t kDigitsMax[] = {1, 3, 3};
    std::size_t at = 0;
    for (int part = 0; part < 3; ++part) {
        const auto begin = at;
        while (at < text.size() && is_digit(text[at]) && at - begin < kDigitsMax[part]) {
            ++at;
        }
        if (at == begin || (part < 2 && (at == text.size() || text[at++] != '.'))) {
            return {};
        }
    }
    return at == text.size() || text[at] == ' ' ? text.substr(0, at) : std::string_view{};
}

std::string printable(std::string_view text) {
    auto clean = text::repair_utf8(text);
    std::ranges::replace_if(clean, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
    return clean;
}

}  // namespace

std::string to_string(const Reply& reply) {
    auto text = std::to_string(reply.code);
    if (!reply.enhanced.empty()) {
        text.append(" ").append(reply.enhanced);
    }
    for (const auto& line : reply.lines) {
        if (!line.empty()) {
            text.append(" ").append(line);
        }
    }
    return text::utf8_prefix(text, 500);
}

ReplyReader::Progress ReplyReader::put(std::string_view bytes) {
    if (!refusal_.empty()) {
        return Progress::refused;
    }
    input_ += bytes;
    for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
        auto line = input_.substr(0, end);
        input_.erase(0, end + 1);
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        const auto progress = take_line(line);
        if (progress != Progress::need_more) {
            return progress;
        }
    }
    return input_.size() > kLineBytesMax ? refuse("a line without an end") : Progress::need_more;
}

Reply ReplyReader::take() {
    bytes_ = 0;
    return std::exchange(reply_, {});
}

ReplyReader::Progress ReplyReader::take_line(std::string_view line) {
    bytes_ += line.size();
    if (line.size() > kLineBytesMax || reply_.lines.size() == kLinesMax || bytes_ > kBytesMax) {
        return refuse("an answer without an end");
    }
    const bool has_code =
        line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]);
    const bool is_delimited = line.size() == 3 || (line.size() > 3 && (line[3] == ' ' || line[3] == '-'));
    if (!has_code || !is_delimited) {
        return refuse("something that is no answer of SMTP");
    }
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!reply_.lines.empty() && code != reply_.code) {
        return refuse("lines of different codes");
    }
    reply_.code = code;
    auto text = line.substr(std::min<std::size_t>(line.size(), 4));
    const auto enhanced = leading_enhanced(text);
    if (!enhanced.empty() && enhanced.front() == line.front()) {  // its class repeats the code's
        reply_.enhanced = enhanced;
        text.remove_prefix(std::min(enhanced.size() + 1, text.size()));
    }
    reply_.lines.push_back(printable(text));
    return line.size() > 3 && line[3] == '-' ? Progress::need_more : Progress::complete;
}

ReplyReader::Progress ReplyReader::refuse(std::string why) {
    refusal_ = std::move(why);
    input_.clear();
    return Progress::refused;
}

}  // namespace lupaus::smtp
