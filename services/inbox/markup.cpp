#include "services/inbox/markup.hpp"

#include <cctype>

namespace lupaus::inbox {

namespace {

// Replaces pairs of `mark` by a tag.
std::string tag_pairs(std::string_view text, std::string_view mark, std::string_view tag) {
    std::string out;
    bool is_inside = false;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
        if (!is_inside && text.find(mark, at + mark.size()) == std::string_view::npos) {
            break;
        }
        out.append(text.substr(0, at)).append(is_inside ? "</" : "<").append(tag).append(">");
        is_inside = !is_inside;
        text.remove_prefix(at + mark.size());
    }
    return out.append(text);
}

// "- item" or "1. item"; the length of the mark, 0 for other lines.
std::size_t item_mark(std::string_view line) {
    if (line.starts_with("- ")) {
        return 2;
    }
    const bool is_numbered =
        line.size() > 3 && std::isdigit(static_cast<unsigned char>(line[0])) != 0 && line.substr(1, 2) == ". ";
    return is_numbered ? 3 : 0;
}

class Blocks {
public:
    void add(std::string_view line) {
        const auto first = line.find_first_not_of(' ');
        if (first == std::string_view::npos) {
            close();
            return;
        }
        line.remove_prefix(first);
        if (const auto mark = item_mark(line); mark != 0) {
            end_text();
            open(mark == 2 ? "ul" : "ol");
            text_ = line.substr(mark);
            return;
        }
        text_ += text_.empty() ? "" : " ";
        text_ += line;
    }

    std::string finish() {
        close();
        return std::move(out_);
    }

private:
    void open(std::string_view list) {
        if (list_ != list) {
            end_list();
            list_ = list;
            out_.append("<").append(list_).append(">");
        }
    }

    void end_text() {
        if (!text_.empty()) {
            const std::string_view tag = list_.empty() ? "p" : "li";
            out_.append("<").append(tag).append(">").append(inline_html(text_)).append("</").append(tag).append(">\n");
            text_.clear();
        }
    }

    void end_list() {
        if (!list_.empty()) {
            out_.append("</").append(list_).append(">\n");
            list_.clear();
        }
    }

    void close() {
        end_text();
        end_list();
    }

    std::string out_;
    std::string text_;
    std::string list_;
};

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string inline_html(std::string_view text) {
    return tag_pairs(tag_pairs(escape_html(text), "**", "strong"), "`", "code");
}

std::string block_html(std::string_view text) {
    Blocks blocks;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        blocks.add(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return blocks.finish();
}

}  // namespace lupaus::inbox
