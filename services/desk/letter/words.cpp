#include "services/desk/letter/words.hpp"

#include "common/html/entities.hpp"
#include "common/html/html.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace lupaus::desk::letter {

namespace {

constexpr std::string_view kSignatureMark = "-- ";
constexpr std::string_view kCutMark = "[…]";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Without line ends; the rest goes on behind the line.
std::string_view take_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    return line;
}

std::string_view without_last_lines_empty(std::string_view text) {
    return text.substr(0, text.find_last_not_of("\r\n") + 1);
}

// One empty line between what is above and what is below.
void append_paragraph(std::string& text, std::string_view below) {
    text = without_last_lines_empty(text);
    text += text.empty() ? "" : "\n\n";
    text += below;
    text += '\n';
}

// By whole lines where it can be.
std::string cut(std::string_view text) {
    text = without_last_lines_empty(text);
    if (text.size() <= kQuotedTextBytesMax) {
        return std::string(text);
    }
    const auto kept = text::utf8_prefix(text, kQuotedTextBytesMax);
    const auto line = kept.rfind('\n');
    return kept.substr(0, line == std::string::npos ? kept.size() : line) + "\n" + std::string(kCutMark);
}

// What was quoted before gets one mark more, without a blank between the marks.
std::string quote(std::string_view text) {
    std::string quoted;
    while (!text.empty()) {
        const auto line = take_line(text);
        quoted += quoted.empty() ? ">" : "\n>";
        quoted += line.empty() || line.starts_with('>') ? "" : " ";
        quoted += line;
    }
    return quoted;
}

std::string html_of(std::string_view text) {
    std::string html;
    while (!text.empty()) {
        html += html.empty() ? "" : "<br>";
        html::append_words(html, take_line(text));
    }
    return html;
}

std::string attribution(const Quoted& quoted) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(quoted.at);
    const auto day = std::chrono::floor<std::chrono::days>(minute);
    const std::chrono::year_month_day date(day);
    const auto of_day = (minute - day).count();
    std::array<char, 40> time{};
    std::snprintf(time.data(), time.size(), "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(of_day / 60),
                  static_cast<int>(of_day % 60));
    auto name = quoted.name;
    std::ranges::replace_if(name, is_control, ' ');
    return "On " + std::string(time.data()) + ", " + name + " wrote:";
}

std::string quoted_html(const Words& words, const std::string& text) {
    const bool is_whole = words.html && words.html->size() <= kQuotedHtmlBytesMax;
    return is_whole ? html::without_images(*words.html) : html_of(text);
}

// The classes and the type are those that mail programs fold or grey a signature and a quotation by.
void sign(Words& words, const Words& signature) {
    if (!words.text.empty() || !words.html) {
        append_paragraph(words.text, std::string(kSignatureMark) + "\n" + signature.text);
    }
    if (words.html) {
        *words.html += "<div class=\"moz-signature\">" + std::string(kSignatureMark) + "<br>" +
                       signature.html.value_or(html_of(signature.text)) + "</div>";
    }
}

void append_quotation(Words& words, const Quoted& quoted) {
    const auto line = attribution(quoted);
    const auto text = cut(quoted.words.text);
    if (!words.text.empty() || !words.html) {
        append_paragraph(words.text, line + "\n" + quote(text));
    }
    if (words.html) {
        *words.html += "<div class=\"moz-cite-prefix\">" + html_of(line) + "</div><blockquote type=\"cite\">" +
                       quoted_html(quoted.words, text) + "</blockquote>";
    }
}

}  // namespace

Words compose(Words reply, const std::optional<Words>& signature, const std::optional<Quoted>& quoted) {
    if (signature) {
        sign(reply, *signature);
    }
    if (quoted) {
        append_quotation(reply, *quoted);
    }
    return reply;
}

}  // namespace lupaus::desk::letter
