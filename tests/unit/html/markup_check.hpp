// What sanitised HTML may consist of, said a second time and another way: a strict reader of the little language that
// is written, with lists of its own. It gives what is wrong in words, "" for nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::html {

class MarkupCheck {
public:
    explicit MarkupCheck(std::string_view html) : html_(html) {}

    std::string run() {
        while (at_ < html_.size() && wrong_.empty()) {
            if (html_[at_] == '<') {
                tag();
            } else {
                text('<');
            }
        }
        if (wrong_.empty() && !open_.empty()) {
            fail("<" + open_.back() + "> does not end");
        }
        return wrong_;
    }

private:
    using Names = std::set<std::string_view>;

    void fail(const std::string& what) { wrong_ = wrong_.empty() ? what + " at byte " + std::to_string(at_) : wrong_; }

    // Up to `end`; neither brackets nor quotation marks where they would mean something, and no sign that is not
    // escaped.
    std::string text(char end) {
        const auto begin = at_;
        for (; at_ < html_.size() && html_[at_] != end; ++at_) {
            const char c = html_[at_];
            if (c == '<' || c == '>' || c == '\0') {
                fail("a bare sign");
            }
            if (c == '&' && !is_escape(html_.substr(at_))) {
                fail("a bare &");
            }
        }
        return std::string(html_.substr(begin, at_ - begin));
    }

    static bool is_escape(std::string_view text) {
        return text.starts_with("&amp;") || text.starts_with("&lt;") || text.starts_with("&gt;") ||
               text.starts_with("&quot;");
    }

    std::string name() {
        const auto begin = at_;
        while (at_ < html_.size() && ((html_[at_] >= 'a' && html_[at_] <= 'z') || html_[at_] == '-' ||
                                      (html_[at_] >= '0' && html_[at_] <= '9'))) {
            ++at_;
        }
        return std::string(html_.substr(begin, at_ - begin));
    }

    void expect(char c) {
        if (at_ >= html_.size() || html_[at_] != c) {
            fail(std::string("no ") + c);
        } else {
            ++at_;
        }
    }

    void tag() {
        static const Names kElements{
            "a",     "abbr",    "address", "article", "aside",      "b",      "bdi",      "bdo",   "big",  "blockquote",
            "br",    "caption", "center",  "cite",    "code",       "col",    "colgroup", "dd",    "del",  "dfn",
            "div",   "dl",      "dt",      "em",      "figcaption", "figure", "footer",   "h1",    "h2",   "h3",
            "h4",    "h5",      "h6",      "header",  "hr",         "i",      "img",      "ins",   "kbd",  "li",
            "main",  "mark",    "nav",     "ol",      "p",          "pre",    "q",        "s",     "samp", "section",
            "small", "span",    "strike",  "strong",  "sub",        "sup",    "table",    "tbody", "td",   "tfoot",
            "th",    "thead",   "time",    "tr",      "tt",         "u",      "ul",       "var",   "wbr"};
        static const Names kSingle{"br", "col", "hr", "img", "wbr"};
        expect('<');
        const bool is_end = at_ < html_.size() && html_[at_] == '/';
        at_ += is_end ? 1 : 0;
        const auto element = name();
        if (!kElements.contains(element)) {
            fail("<" + element + "> is not allowed");
        }
        if (is_end) {
            if (open_.empty() || open_.back() != element) {
                fail("</" + element + "> ends nothing");
            } else {
                open_.pop_back();
            }
        } else {
            check_place(element);
            while (wrong_.empty() && at_ < html_.size() && html_[at_] == ' ') {
                attribute(element);
            }
            if (!kSingle.contains(element)) {
                open_.push_back(element);
            }
        }
        expect('>');
    }

    void check_place(const std::string& element) {
        static const Names kFrames{"table", "thead", "tbody", "tfoot", "tr", "colgroup"};
        static const Names kParts{"thead", "tbody", "tfoot", "tr", "colgroup", "col", "caption", "td", "th"};
        const std::string around = open_.empty() ? "" : open_.back();
        if (kFrames.contains(around) && !kParts.contains(element)) {
            fail("<" + element + "> in the frame of a table");
        }
        if (kParts.contains(element) && !kFrames.contains(around)) {
            fail("<" + element + "> without its table");
        }
        if (open_.size() > 260) {
            fail("too deep");
        }
    }

    void attribute(const std::string& element) {
        static const Names kAttributes{"align",  "alt",   "colspan", "data-fold", "data-src", "dir",
                                       "height", "href",  "lang",    "rel",       "rowspan",  "src",
                                       "start",  "title", "type",    "valign",    "value",    "width"};
        expect(' ');
        const auto given = name();
        expect('=');
        expect('"');
        const auto value = text('"');
        expect('"');
        if (!kAttributes.contains(given)) {
            fail(given + " is not allowed");
        }
        if ((given == "src" || given == "data-src") && element != "img") {
            fail(given + " is for pictures");
        }
        const bool is_web = value.starts_with("http://") || value.starts_with("https://");
        const bool is_other = value.starts_with("mailto:") || value.starts_with("tel:") || value.starts_with("cid:");
        if ((given == "href" && !is_web && !is_other) || (given == "src" && !value.starts_with("cid:")) ||
            (given == "data-src" && !is_web)) {
            fail(given + " leads to " + value);
        }
    }

    std::string_view html_;
    std::size_t at_ = 0;
    std::vector<std::string> open_;
    std::string wrong_;
};

inline std::string check_markup(std::string_view html) {
    return MarkupCheck(html).run();
}

}  // namespace lupaus::html
