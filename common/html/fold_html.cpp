#include "common/html/fold.hpp"
#include "common/html/html.hpp"
#include "common/html/tokens.hpp"

#include <algorithm>
#include <vector>

namespace lupaus::html {

namespace {

// The end tags that follow belong to what is fresh, and so does the end of its line.
std::size_t pass_ends(std::string_view html, std::size_t at) {
    Tokenizer tokens(html, at);
    for (auto token = tokens.next(); token.kind != Token::Kind::done; token = tokens.next()) {
        const bool is_blank = token.kind == Token::Kind::words && std::ranges::all_of(token.body, is_space);
        if (token.tag == Tag::br) {
            return token.past;
        }
        if (token.kind != Token::Kind::end && !is_blank) {
            break;
        }
        at = token.kind == Token::Kind::end ? token.past : at;
    }
    return at;
}

// What is open at a place: the start tags as they are written, and their ends.
struct Around {
    std::string starts{};
    std::string ends{};
};

Around read_around(std::string_view html) {
    std::vector<Token> open;
    Tokenizer tokens(html);
    for (auto token = tokens.next(); token.kind != Token::Kind::done; token = tokens.next()) {
        if (token.kind == Token::Kind::start && kind_of(token.tag) != Kind::single) {
            open.push_back(token);
        } else if (token.kind == Token::Kind::end && !open.empty() && open.back().tag == token.tag) {
            open.pop_back();
        }
    }
    Around around;
    for (const auto& token : open) {
        around.starts += html.substr(token.at, token.past - token.at);
        around.ends = "</" + std::string(name_of(token.tag)) + ">" + around.ends;
    }
    return around;
}

}  // namespace

std::size_t find_html_fold(std::string_view sanitised) {
    const auto read = read_html(sanitised, {.pictures = true});
    const auto fresh = count_fresh(read.words, read.lines);
    return fresh == read.lines.size() ? sanitised.size() : pass_ends(sanitised, read.lines[fresh - 1].past);
}

std::string before_fold(std::string_view sanitised, std::size_t fold) {
    const auto fresh = sanitised.substr(0, fold);
    return std::string(fresh) + read_around(fresh).ends;
}

Folded fold_html(std::string_view sanitised) {
    const auto fold = find_html_fold(sanitised);
    if (fold == sanitised.size()) {
        return {.fresh = std::string(sanitised)};
    }
    const auto around = read_around(sanitised.substr(0, fold));
    return {.fresh = std::string(sanitised.substr(0, fold)) + around.ends,
            .quoted = around.starts + std::string(sanitised.substr(fold))};
}

}  // namespace lupaus::html
