#include "common/html/lines.hpp"

#include "common/base/limits.hpp"
#include "common/html/entities.hpp"
#include "common/html/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace lupaus::html {

namespace {

// Spaces, and what is as good as one or shows nothing: no-break space, zero-width space, byte order mark.
constexpr std::array<std::string_view, 9> kBlanks{" ", "\t", "\r", "\n", "\f", "\v", "\u00A0", "\u200B", "\uFEFF"};

// Between two elements of these a reader expects a blank line.
bool stands_apart(Tag tag) {
    constexpr std::array kApart{Tag::blockquote, Tag::dl, Tag::h1, Tag::h2, Tag::h3,  Tag::h4,    Tag::h5,
                                Tag::h6,         Tag::hr, Tag::ol, Tag::p,  Tag::pre, Tag::table, Tag::ul};
    return std::ranges::find(kApart, tag) != kApart.end();
}

// Most lines begin and end with a letter: there is nothing to look for.
bool is_plain(char c) {
    return c > ' ';
}

std::string_view trimmed(std::string_view text) {
    if (text.empty() || (is_plain(text.front()) && is_plain(text.back()))) {
        return text;
    }
    const auto begins = [&text](std::string_view blank) { return text.starts_with(blank); };
    const auto ends = [&text](std::string_view blank) { return text.ends_with(blank); };
    for (const auto* blank = std::ranges::find_if(kBlanks, begins); blank != kBlanks.end();
         blank = std::ranges::find_if(kBlanks, begins)) {
        text.remove_prefix(blank->size());
    }
    for (const auto* blank = std::ranges::find_if(kBlanks, ends); blank != kBlanks.end();
         blank = std::ranges::find_if(kBlanks, ends)) {
        text.remove_suffix(blank->size());
    }
    return text;
}

std::size_t find_space(std::string_view text, std::size_t at) {
    while (at < text.size() && !is_space(text[at])) {
        ++at;
    }
    return at;
}

// A browser shows a no-break space as a space; in a text it would only be in the way.
std::string decode_words(std::string_view written) {
    constexpr std::string_view kNoBreak = "\u00A0";
    auto words = decode(written);
    if (words.find(kNoBreak) == std::string::npos) {
        return words;
    }
    std::size_t kept = 0;
    for (std::size_t at = 0; at < words.size(); ++at, ++kept) {
        const bool is_no_break = std::string_view(words).substr(at).starts_with(kNoBreak);
        at += is_no_break ? 1 : 0;
        words[kept] = is_no_break ? ' ' : words[at];
    }
    words.resize(kept);
    return words;
}

struct Given {
    Mark mark = Mark::none;
    std::optional<std::string_view> href{}, src{}, alt{}, start{};
};

Given read_given(Tag tag, std::string_view body) {
    Given given;
    Attributes attributes(body);
    while (const auto attribute = attributes.next()) {
        if (attribute->name == "href") {
            given.href = attribute->value;
        } else if (attribute->name == "src") {
            given.src = attribute->value;
        } else if (attribute->name == "alt") {
            given.alt = attribute->value;
        } else if (attribute->name == "start") {
            given.start = attribute->value;
        } else if (given.mark == Mark::none) {
            given.mark = read_mark(tag, *attribute);
        }
    }
    return given;
}

class Reader {
public:
    Reader(std::string_view html, Shown shown) : tokens_(html), shown_(shown) {}

    Lines run() {
        for (auto token = tokens_.next(); token.kind != Token::Kind::done; token = tokens_.next()) {
            switch (token.kind) {
                case Token::Kind::words:
                    read_words(token);
                    break;
                case Token::Kind::start:
                    start(token);
                    break;
                default:
                    end(token);
            }
        }
        end_line();
        return std::move(read_);
    }

private:
    struct Open {
        Tag tag = Tag::unknown;
        Mark mark = Mark::none;  // its own or of what is around it
        int item = 0;            // of a list: the number of the next one
        std::size_t words_at = 0;
        std::optional<std::string_view> href{};
    };

    void start(const Token& token) {
        const auto given = read_given(token.tag, token.body);
        if (given.mark == Mark::history) {
            is_history_ = true;
        }
        if (token.tag == Tag::br) {
            break_line();
        } else if (token.tag == Tag::img) {
            show_picture(given, token.past);
        }
        begin_block(token.tag);
        if (kind_of(token.tag) == Kind::single) {
            return;
        }
        const auto around = open_.empty() ? Mark::none : open_.back().mark;
        open_.push_back({.tag = token.tag,
                         .mark = given.mark == Mark::none ? around : given.mark,
                         .item = token.tag == Tag::ol ? first_number(given) : 0,
                         .words_at = read_.words.size(),
                         .href = given.href});
        depth_ += token.tag == Tag::blockquote ? 1 : 0;
        pre_ += token.tag == Tag::pre ? 1 : 0;
        if (token.tag == Tag::li) {
            begin_item();
        }
    }

    void end(const Token& token) {
        if (open_.empty() || open_.back().tag != token.tag) {
            return;  // in sanitised HTML an end tag is that of the innermost element
        }
        const auto ended = open_.back();
        if (token.tag == Tag::a) {
            show_link(ended);
        }
        if (token.tag == Tag::li) {
            item_.clear();
        }
        begin_block(token.tag);
        open_.pop_back();
        depth_ -= token.tag == Tag::blockquote ? 1 : 0;
        pre_ -= token.tag == Tag::pre ? 1 : 0;
    }

    static int first_number(const Given& given) {
        int number = 1;
        const auto text = given.start.value_or("1").substr(0, 4);
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }

    void begin_block(Tag tag) {
        if (tag == Tag::td || tag == Tag::th) {
            is_cell_due_ = begun_;
            is_space_due_ = false;
        } else if (kind_of(tag) != Kind::phrase && kind_of(tag) != Kind::single) {
            end_line();
        }
        if (stands_apart(tag)) {
            end_line();
            is_blank_due_ = is_blank_due_ || !is_in_list();
        }
    }

    bool is_in_list() const {
        const auto is_item = [this](std::size_t back) {
            return open_.size() >= back && open_[open_.size() - back].tag == Tag::li;
        };
        return is_item(1) || is_item(2);
    }

    void begin_item() {
        auto* list = open_.size() > 1 ? &open_[open_.size() - 2] : nullptr;
        item_ = list != nullptr && list->tag == Tag::ol ? std::to_string(list->item++) + ". " : "- ";
    }

    void break_line() {
        if (!begun_) {
            is_blank_due_ = true;
        }
        end_line();
    }

    void read_words(const Token& token) {
        if (pre_ == 0) {
            add(decode_words(token.body), token.past, false);
            return;
        }
        for (std::size_t at = 0; at < token.body.size();) {
            const auto end = std::min(token.body.find('\n', at), token.body.size());
            add(decode_words(token.body.substr(at, end - at)), token.at + end, true);
            if (end < token.body.size()) {
                break_line();
            }
            at = end + 1;
        }
    }

    // Spaces that follow each other are one, but not where the writer has laid them out.
    void add(std::string_view text, std::size_t past, bool is_laid_out) {
        for (std::size_t at = 0; at < text.size();) {
            if (is_space(text[at])) {
                is_space_due_ = begun_;
                if (begun_ && is_laid_out) {
                    read_.words += ' ';
                }
                ++at;
                continue;
            }
            const auto end = find_space(text, at);
            begin_line();
            if (is_space_due_ && !read_.words.ends_with(' ') && !read_.words.ends_with('\t')) {
                read_.words += ' ';
            }
            is_space_due_ = false;
            read_.words.append(text.substr(at, end - at));
            line_.past = past;
            at = end;
        }
    }

    void begin_line() {
        if (!begun_) {
            begun_ = true;
            line_ = Line{.begin = read_.words.size(),
                         .mark = is_history_     ? Mark::history
                                 : open_.empty() ? Mark::none
                                                 : open_.back().mark,
                         .depth = static_cast<std::uint8_t>(std::min<std::size_t>(depth_, limits::kQuoteMarksMax)),
                         .is_after_blank = is_blank_due_ && !read_.lines.empty()};
            is_blank_due_ = false;
            read_.words += std::exchange(item_, {});
        } else if (is_cell_due_) {
            read_.words += '\t';
        }
        is_cell_due_ = false;
    }

    void end_line() {
        if (const auto words = begun_ ? trimmed(std::string_view(read_.words).substr(line_.begin)) : std::string_view();
            !words.empty()) {
            line_.begin = static_cast<std::size_t>(words.data() - read_.words.data());
            line_.end = line_.begin + words.size();
            read_.lines.push_back(line_);
        } else {
            is_blank_due_ = is_blank_due_ || begun_;
        }
        begun_ = is_space_due_ = is_cell_due_ = false;
    }

    void show_picture(const Given& given, std::size_t past) {
        const auto words = decode_words(given.alt.value_or(""));
        if (shown_.pictures && given.src) {
            add("[" + (words.empty() ? "picture" : words) + "]", past, false);
        } else if (!trimmed(words).empty()) {
            add("[" + words + "]", past, false);
        }
    }

    void show_link(const Open& link) {
        const auto url = shown_.links && link.href ? read_url(*link.href) : std::nullopt;
        const auto from = std::min(link.words_at, read_.words.size());
        const auto said = without_slash(trimmed(std::string_view(read_.words).substr(from)));
        if (!url || said.empty() || said.ends_with(bare(url->text))) {
            return;
        }
        is_space_due_ = begun_;
        const auto target = url->scheme == Scheme::mailto ? std::string(bare(url->text)) : url->text;
        add("<" + target + ">", line_.past, false);
    }

    static std::string_view without_slash(std::string_view text) {
        return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
    }

    // What people write of an address.
    static std::string_view bare(std::string_view url) {
        url.remove_prefix(url.find(':') + 1);
        url.remove_prefix(url.starts_with("//") ? 2 : 0);
        return without_slash(url);
    }

    Tokenizer tokens_;
    Shown shown_;
    Lines read_;
    Line line_;
    std::vector<Open> open_;
    std::string item_;           // the mark of a list's item, before its first words
    std::size_t depth_ = 0;      // of quotations
    std::size_t pre_ = 0;        // of what its writer has laid out
    bool begun_ = false;         // the line has words
    bool is_space_due_ = false;  // before the next words
    bool is_cell_due_ = false;
    bool is_blank_due_ = false;
    bool is_history_ = false;
};

}  // namespace

Lines read_html(std::string_view sanitised, Shown shown) {
    return Reader(sanitised, shown).run();
}

std::vector<Line> read_text(std::string_view text) {
    std::vector<Line> lines;
    bool is_after_blank = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto past = std::min(text.find('\n', at), text.size() - 1) + 1;
        const auto words = trimmed(text.substr(at, past - at));
        if (words.empty()) {
            is_after_blank = true;
        } else {
            const auto begin = static_cast<std::size_t>(words.data() - text.data());
            const bool is_quoted = words.starts_with('>');
            lines.push_back({.begin = begin,
                             .end = begin + words.size(),
                             .past = past,
                             .mark = is_quoted ? Mark::quote : Mark::none,
                             .is_after_blank = is_after_blank && !lines.empty()});
            is_after_blank = false;
        }
        at = past;
    }
    return lines;
}

}  // namespace lupaus::html
