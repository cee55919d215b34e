#include "common/mail/address_list.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/field.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace lupaus::mail {

namespace {

constexpr std::size_t kUsualWords = 4;
constexpr std::size_t kLiteralBytesMax = 64;  // user@[IPv6:…]
constexpr CharSet kSigns(",;:<>(\"[ \t\\");   // all that step() looks at

struct Word {
    std::string written{};  // with its quotes
    std::string shown{};    // without them
};

class Parser {
public:
    explicit Parser(std::string text) : text_(std::move(text)) { words_.reserve(kUsualWords); }

    AddressList run() {
        while (at_ < text_.size()) {
            step();
        }
        finish();
        finish_group();
        return std::move(list_);
    }

private:
    void step() {
        switch (text_[at_]) {
            case ',':
                ++at_;
                return finish();
            case ';':
                ++at_;
                finish();
                return finish_group();
            case ':':
                ++at_;
                return begin_group();
            case '<':
                ++at_;
                return take_angle();
            case '(':
                ++at_;
                comment_ = take_comment();
                return;
            case '"':
                return take_quoted();
            case '[':
                return take_literal();
            case '>':
            case ' ':
            case '\t':
                ++at_;
                is_apart_ = true;
                return;
            default:
                take_plain();
        }
    }

    // An escaped character, or all up to the next one that means something.
    void take_plain() {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
            ++at_;
            return take_run(1);
        }
        take_run(kSigns.find_in(text_, at_ + 1) - at_);
    }

    void take_run(std::size_t bytes) {
        const auto run = std::string_view(text_).substr(at_, bytes);
        add(run, run);
        at_ += bytes;
    }

    // A word goes on over blanks beside its @ (RFC 5322, section 4.4).
    void add(std::string_view written, std::string_view shown) {
        const bool is_new =
            words_.empty() || (is_apart_ && !words_.back().written.ends_with('@') && !written.starts_with('@'));
        if (is_new) {
            words_.emplace_back();
        }
        words_.back().written += written;
        words_.back().shown += shown;
        is_apart_ = false;
    }

    // A quote that nobody closed is a character like any other.
    void take_quoted() {
        if (has_open_quote_) {
            ++at_;
            return;
        }
        std::string shown;
        auto end = at_ + 1;
        for (; end < text_.size() && text_[end] != '"'; ++end) {
            end += text_[end] == '\\' && end + 1 < text_.size() ? 1 : 0;
            shown += text_[end];
        }
        if (end >= text_.size()) {
            has_open_quote_ = true;
            ++at_;
            return;
        }
        add(std::string_view(text_).substr(at_, end + 1 - at_), shown);
        at_ = end + 1;
    }

    void take_literal() {
        const auto end = text_.substr(at_, kLiteralBytesMax).find(']');
        const auto bytes = end == std::string::npos ? 1 : end + 1;
        take_run(bytes);
    }

    // Behind its opening; up to the one that closes it, or to the end.
    std::string take_comment() {
        std::string comment;
        for (int depth = 1; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth == 0) {
                ++at_;
                break;
            }
            at_ += c == '\\' && at_ + 1 < text_.size() ? 1 : 0;
            comment += text_[at_];
        }
        return comment;
    }

    // Behind its opening; commas belong to it only in a route, @one,@two:user@host, which is left out.
    void take_angle() {
        std::string address;
        bool is_quoted = false;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            const bool is_end = c == '>' || c == ';' || (c == ',' && !address.starts_with('@'));
            if (!is_quoted && is_end) {
                break;
            }
            is_quoted = is_quoted != (c == '"');
            if (!is_quoted && (c == '<' || (c == ':' && address.starts_with('@')))) {
                address.clear();
            } else if (is_quoted || !is_blank(c)) {
                address += c;
            }
        }
        angle_ = std::move(address);
    }

    void begin_group() {
        group_ = phrase(words_.size());
        members_from_ = list_.addresses.size();
        clear();
    }

    // Who hides the recipients writes a group without members: its name is all there is to show.
    void finish_group() {
        if (group_ && !group_->empty() && list_.addresses.size() == members_from_) {
            push(*group_, {});
        }
        group_.reset();
    }

    void finish() {
        if (angle_) {
            push(phrase(words_.size()), *angle_);
            return clear();
        }
        const auto found = std::find_if(words_.rbegin(), words_.rend(),
                                        [](const Word& word) { return word.written.find('@') != std::string::npos; });
        if (found == words_.rend()) {
            push(phrase(words_.size()), {});
        } else {
            push(phrase(static_cast<std::size_t>(words_.rend() - found - 1)), found->written);
        }
        clear();
    }

    std::string phrase(std::size_t words) const {
        std::string phrase;
        for (std::size_t i = 0; i < words; ++i) {
            phrase += phrase.empty() ? "" : " ";
            phrase += words_[i].shown;
        }
        return phrase.empty() ? comment_ : phrase;
    }

    void push(std::string_view name, std::string_view address) {
        auto shown = decode_words(name);
        auto written = to_utf8(std::string(address), {});
        list_.is_lossy |= shown.is_lossy || written.is_lossy;
        std::erase_if(written.text, is_control);
        Address one{.name = to_one_line(std::move(shown.text)), .address = std::move(written.text)};
        const auto at = one.address.rfind('@');
        for (auto i = at; i < one.address.size(); ++i) {
            one.address[i] = to_lower(one.address[i]);
        }
        if (!one.name.empty() || !one.address.empty()) {
            list_.addresses.push_back(std::move(one));
        }
    }

    void clear() {
        words_.clear();
        comment_.clear();
        angle_.reset();
        is_apart_ = false;
    }

    std::string text_;
    std::size_t at_ = 0;
    AddressList list_{};
    std::vector<Word> words_{};
    std::string comment_{};
    std::optional<std::string> angle_{};
    std::optional<std::string> group_{};
    std::size_t members_from_ = 0;
    bool is_apart_ = false;
    bool has_open_quote_ = false;
};

}  // namespace

AddressList parse_addresses(std::string_view folded) {
    return Parser(unfold(folded)).run();
}

}  // namespace lupaus::mail
