#include "common/html/tokens.hpp"

#include <algorithm>

namespace lupaus::html {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ends_name(char c) {
    return is_space(c) || c == '/' || c == '>';
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
    while (at < text.size() && is_space(text[at])) {
        ++at;
    }
    return at;
}

std::size_t find_end_of_name(std::string_view text, std::size_t at) {
    while (at < text.size() && !ends_name(text[at])) {
        ++at;
    }
    return at;
}

// Moves `at` past a value; its quotes belong to it and not to the value.
std::string_view read_value(std::string_view text, std::size_t& at) {
    at = skip_spaces(text, at);
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
        const auto begin = at + 1;
        const auto end = std::min(text.find(text[at], begin), text.size());
        at = std::min(end + 1, text.size());
        return text.substr(begin, end - begin);
    }
    const auto begin = at;
    while (at < text.size() && !is_space(text[at]) && text[at] != '>') {
        ++at;
    }
    return text.substr(begin, at - begin);
}

// Moves `at` past one attribute. Nothing where the tag ends instead: there stands '>', or the text is over.
std::optional<Attribute> read_attribute(std::string_view text, std::size_t& at) {
    while (at < text.size() && (is_space(text[at]) || text[at] == '/')) {
        ++at;
    }
    if (at >= text.size() || text[at] == '>') {
        return std::nullopt;
    }
    const auto begin = at++;  // a '=' there begins a name, too
    while (at < text.size() && !ends_name(text[at]) && text[at] != '=') {
        ++at;
    }
    Attribute attribute{.name = text.substr(begin, at - begin)};
    const auto sign = skip_spaces(text, at);
    if (sign < text.size() && text[sign] == '=') {
        at = sign + 1;
        attribute.value = read_value(text, at);
    }
    return attribute;
}

// Only foreign elements end with their start tag where it says so.
bool is_closed(const Token& token) {
    const bool is_foreign = token.tag == Tag::svg || token.tag == Tag::math;
    return is_foreign && token.kind == Token::Kind::start && token.body.ends_with('/');
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<Attribute> Attributes::next() {
    return read_attribute(body_, at_);
}

Token Tokenizer::next() {
    while (at_ < html_.size()) {
        if (!begins_markup(at_)) {
            return read_words();
        }
        if (auto token = read_markup()) {
            return *token;
        }
    }
    return Token{.at = html_.size(), .past = html_.size()};
}

bool Tokenizer::begins_tag(std::size_t at) const {
    const bool is_end = at + 1 < html_.size() && html_[at + 1] == '/';
    const auto name = at + (is_end ? 2 : 1);
    return html_[at] == '<' && name < html_.size() && is_letter(html_[name]);
}

bool Tokenizer::begins_markup(std::size_t at) const {
    constexpr std::string_view kSigns = "/!?";
    const bool is_sign = at + 1 < html_.size() && kSigns.find(html_[at + 1]) != std::string_view::npos;
    return html_[at] == '<' && (is_sign || begins_tag(at));
}

Token Tokenizer::read_words() {
    const auto begin = at_;
    do {
        at_ = std::min(html_.find('<', at_ + 1), html_.size());
    } while (at_ < html_.size() && !begins_markup(at_));
    return Token{.kind = Token::Kind::words, .body = html_.substr(begin, at_ - begin), .at = begin, .past = at_};
}

std::optional<Token> Tokenizer::read_markup() {
    if (begins_tag(at_)) {
        return read_tag();
    }
    if (html_.substr(at_).starts_with("<!--")) {
        pass_comment();
    } else {  // a doctype, an instruction, or what browsers take for a comment
        at_ = std::min(html_.find('>', at_), html_.size() - 1) + 1;
    }
    return std::nullopt;
}

std::optional<Token> Tokenizer::read_tag() {
    const auto token = scan_tag();
    if (!token || token->tag == Tag::unknown) {
        return std::nullopt;
    }
    const auto kind = kind_of(token->tag);
    const bool goes = kind == Kind::raw || kind == Kind::nested || kind == Kind::endless;
    if (goes && token->kind == Token::Kind::start) {
        pass_content(*token);
    }
    return goes ? std::nullopt : token;
}

std::optional<Token> Tokenizer::scan_tag() {
    const bool is_end = html_[at_ + 1] == '/';
    Token token{.kind = is_end ? Token::Kind::end : Token::Kind::start, .at = at_};
    const auto name = at_ + (is_end ? 2 : 1);
    const auto body = find_end_of_name(html_, name);
    token.tag = find_tag(html_.substr(name, body - name));
    at_ = body;
    while (read_attribute(html_, at_)) {
    }
    if (at_ >= html_.size()) {
        return std::nullopt;
    }
    token.body = html_.substr(body, at_ - body);
    token.past = ++at_;
    return token;
}

void Tokenizer::pass_comment() {
    at_ += 4;
    const auto rest = html_.substr(at_);
    if (rest.starts_with('>') || rest.starts_with("->")) {
        at_ += rest.starts_with('>') ? 1 : 2;
        return;
    }
    for (at_ = html_.find("--", at_); at_ != std::string_view::npos; at_ = html_.find("--", at_ + 1)) {
        const auto after = html_.substr(at_ + 2, 2);
        if (after.starts_with('>') || after == "!>") {
            at_ += after.starts_with('>') ? 3 : 4;
            return;
        }
    }
    at_ = html_.size();
}

void Tokenizer::pass_content(const Token& start) {
    const auto kind = kind_of(start.tag);
    if (kind == Kind::raw) {
        pass_raw(start.tag);
    } else if (kind == Kind::endless) {
        at_ = html_.size();
    } else if (!is_closed(start)) {
        pass_nested(start.tag);
    }
}

void Tokenizer::pass_raw(Tag tag) {
    const auto name = name_of(tag);
    for (at_ = html_.find("</", at_); at_ != std::string_view::npos; at_ = html_.find("</", at_ + 2)) {
        const auto past = at_ + 2 + name.size();
        if (is_same_name(html_.substr(at_ + 2, name.size()), name) && past < html_.size() && ends_name(html_[past])) {
            return;  // the end tag itself is passed over next
        }
    }
    at_ = html_.size();
}

void Tokenizer::pass_nested(Tag tag) {
    std::size_t depth = 1;
    while (depth > 0 && at_ < html_.size()) {
        if (html_.substr(at_).starts_with("<!--")) {
            pass_comment();
        } else if (begins_tag(at_)) {
            const auto token = scan_tag();
            if (token && token->tag == tag && !is_closed(*token)) {
                depth = token->kind == Token::Kind::end ? depth - 1 : depth + 1;
            }
        } else {
            at_ = std::min(html_.find('<', at_ + 1), html_.size());
        }
    }
}

}  // namespace lupaus::html
