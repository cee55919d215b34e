#include "services/inbox/description.hpp"

#include <nlohmann/json.hpp>

// Every compiler we build with takes a longer literal than the 64 KiB that each must.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "embedded/openapi.hpp"
#pragma GCC diagnostic pop

#include <charconv>
#include <stdexcept>
#include <string>
#include <vector>

namespace lupaus::inbox {

namespace {

using Json = Description;

struct Line {
    int number = 0;
    int indent = 0;
    std::string_view text;  // without its indentation
};

[[noreturn]] void fail(int line, std::string_view what) {
    throw std::runtime_error("openapi.yaml, line " + std::to_string(line) + ": " + std::string(what));
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

// A scalar or a flow collection that stands on one line: text from `at` on, which moves behind it.
class Inline {
public:
    Inline(std::string_view text, int line) : text_(text), line_(line) {}

    Json whole() {
        auto value = read("");
        if (!trim(text_.substr(at_)).empty()) {
            fail(line_, "something stands behind the value");
        }
        return value;
    }

    // A key and its colon, as a mapping in block form begins; `at` stands behind the colon. Empty: it is no key.
    static std::size_t key_end(std::string_view text) {
        std::size_t from = 0;
        if (text.starts_with('\'') || text.starts_with('"')) {
            from = text.find(text.front(), 1);
        }
        const auto colon = from == std::string_view::npos ? from : text.find(": ", from);
        if (colon != std::string_view::npos) {
            return colon;
        }
        return text.ends_with(':') ? text.size() - 1 : std::string_view::npos;
    }

private:
    Json read(std::string_view stops) {
        skip_spaces();
        if (at_ >= text_.size()) {
            return nullptr;
        }
        switch (text_[at_]) {
            case '{':
                return read_object();
            case '[':
                return read_list();
            case '\'':
                return read_single_quoted();
            case '"':
                return read_double_quoted();
            default:
                return read_plain(stops);
        }
    }

    Json read_object() {
        auto object = Json::object();
        ++at_;
        for (skip_spaces(); peek() != '}'; skip_spaces()) {
            auto key = read(":");
            expect(':');
            object[key.is_string() ? key.get<std::string>() : key.dump()] = read(",}");
            skip_comma('}');
        }
        ++at_;
        return object;
    }

    Json read_list() {
        auto list = Json::array();
        ++at_;
        for (skip_spaces(); peek() != ']'; skip_spaces()) {
            list.push_back(read(",]"));
            skip_comma(']');
        }
        ++at_;
        return list;
    }

    Json read_single_quoted() {
        std::string value;
        for (++at_; peek() != '\'' || text_.substr(at_).starts_with("''"); ++at_) {
            at_ += peek() == '\'' ? 1 : 0;
            value += peek();
        }
        ++at_;
        return value;
    }

    Json read_double_quoted() {
        const auto from = at_;
        for (++at_; peek() != '"'; ++at_) {
            at_ += peek() == '\\' ? 1 : 0;
        }
        ++at_;
        return Json::parse(text_.substr(from, at_ - from));  // the escapes used are those of JSON
    }

    Json read_plain(std::string_view stops) {
        const auto end = std::min(text_.find_first_of(stops, at_), text_.size());
        const auto word = trim(text_.substr(at_, (stops.empty() ? text_.size() : end) - at_));
        at_ = stops.empty() ? text_.size() : end;
        if (word == "true" || word == "false") {
            return word == "true";
        }
        if (word == "null") {
            return nullptr;
        }
        std::int64_t number = 0;
        const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
        if (parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size()) {
            return number;
        }
        return std::string(word);
    }

    char peek() const {
        if (at_ >= text_.size()) {
            fail(line_, "the value does not end on its line");
        }
        return text_[at_];
    }

    void skip_spaces() {
        while (at_ < text_.size() && text_[at_] == ' ') {
            ++at_;
        }
    }

    void expect(char wanted) {
        skip_spaces();
        if (peek() != wanted) {
            fail(line_, std::string("expected ") + wanted);
        }
        ++at_;
    }

    void skip_comma(char end) {
        skip_spaces();
        if (peek() != end) {
            expect(',');
        }
    }

    std::string_view text_;
    int line_;
    std::size_t at_ = 0;
};

class Blocks {
public:
    explicit Blocks(std::string_view yaml) {
        for (int number = 1; !yaml.empty(); ++number) {
            const auto end = std::min(yaml.find('\n'), yaml.size());
            const auto line = yaml.substr(0, end);
            yaml.remove_prefix(std::min(end + 1, yaml.size()));
            const auto indent = std::min(line.find_first_not_of(' '), line.size());
            lines_.push_back({.number = number, .indent = static_cast<int>(indent), .text = line.substr(indent)});
        }
    }

    Json whole() {
        auto value = read_block(0);
        if (has_line()) {
            fail(lines_[at_].number, "this indentation belongs to nothing");
        }
        return value;
    }

private:
    // Skips what says nothing.
    bool has_line() {
        while (at_ < lines_.size() && (lines_[at_].text.empty() || lines_[at_].text.starts_with('#'))) {
            ++at_;
        }
        return at_ < lines_.size();
    }

    Json read_block(int indent) {
        const bool is_list = has_line() && lines_[at_].text.starts_with("- ");
        return is_list ? read_list(indent) : read_mapping(indent);
    }

    Json read_list(int indent) {
        auto list = Json::array();
        while (has_line() && lines_[at_].indent == indent && lines_[at_].text.starts_with("- ")) {
            auto& line = lines_[at_];
            line.text.remove_prefix(2);
            line.indent += 2;
            const bool is_flow = line.text.starts_with('{') || line.text.starts_with('[');
            if (!is_flow && Inline::key_end(line.text) != std::string_view::npos) {
                list.push_back(read_mapping(line.indent));
            } else {
                list.push_back(Inline(line.text, line.number).whole());
                ++at_;
            }
        }
        return list;
    }

    Json read_mapping(int indent) {
        auto object = Json::object();
        while (has_line() && lines_[at_].indent == indent) {
            const auto line = lines_[at_];
            const auto colon = Inline::key_end(line.text);
            if (colon == std::string_view::npos) {
                fail(line.number, "expected a key");
            }
            const auto key = Inline(line.text.substr(0, colon), line.number).whole();
            ++at_;
            object[key.is_string() ? key.get<std::string>() : key.dump()] =
                read_value(line, trim(line.text.substr(colon + 1)));
        }
        return object;
    }

    Json read_value(const Line& owner, std::string_view rest) {
        if (rest == "|" || rest == ">-") {
            return read_text(owner.indent, rest == "|");
        }
        if (!rest.empty()) {
            return Inline(rest, owner.number).whole();
        }
        if (has_line() && lines_[at_].indent > owner.indent) {
            return read_block(lines_[at_].indent);
        }
        return nullptr;
    }

    std::string read_text(int owner_indent, bool is_literal) {
        const int indent = has_line() ? lines_[at_].indent : 0;
        std::string value;
        for (; at_ < lines_.size() && (lines_[at_].text.empty() || lines_[at_].indent > owner_indent); ++at_) {
            const auto& line = lines_[at_];
            if (!is_literal) {
                value.append(value.empty() ? "" : " ").append(line.text);
                continue;
            }
            const auto deeper = line.text.empty() ? 0 : line.indent - indent;
            value.append(static_cast<std::size_t>(deeper), ' ').append(line.text).append("\n");
        }
        while (value.ends_with('\n') || value.ends_with(' ')) {
            value.pop_back();
        }
        return is_literal ? value + '\n' : value;
    }

    std::vector<Line> lines_;
    std::size_t at_ = 0;
};

}  // namespace

Description parse_description(std::string_view yaml) {
    return Blocks(yaml).whole();
}

std::string_view description_yaml() {
    return embedded::openapi[0].text;
}

}  // namespace lupaus::inbox
