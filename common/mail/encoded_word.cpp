#include "common/mail/encoded_word.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/field.hpp"
#include "common/mail/transfer.hpp"

#include <algorithm>
#include <optional>

namespace lupaus::mail {

namespace {

struct Word {
    std::string_view charset;
    std::string bytes;
    std::size_t length = 0;  // of all of it, as it stands
};

// Up to "?=". A "=?" before that belongs to another word, and looking further would take quadratic time.
std::optional<std::string_view> find_content(std::string_view text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] == '?' && text[at + 1] == '=') {
            return text.substr(0, at);
        }
        if (text[at] == '=' && text[at + 1] == '?' && text.substr(at + 2, 1) != "=") {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::string decode_q(std::string_view content) {
    std::string bytes;
    for (std::size_t at = 0; at < content.size();) {
        if (const int byte = quoted_byte(content, at); byte >= 0) {
            bytes += static_cast<char>(byte);
            at += 3;
        } else {
            bytes += content[at] == '_' ? ' ' : content[at];
            ++at;
        }
    }
    return bytes;
}

// At the beginning of `text`, which is "=?".
std::optional<Word> parse_word(std::string_view text) {
    constexpr std::size_t kCharsetBytesMax = 64;
    const auto mark = text.substr(2, kCharsetBytesMax).find('?');
    if (mark == 0 || mark == std::string_view::npos) {
        return std::nullopt;
    }
    const auto charset = text.substr(2, mark);
    const auto encoded = text.substr(2 + mark + 1);  // Q?…
    const auto content = encoded.size() > 2 && encoded[1] == '?' ? find_content(encoded.substr(2)) : std::nullopt;
    if (!content) {
        return std::nullopt;
    }
    Word word{.charset = charset.substr(0, charset.find('*')),  // behind it, a language (RFC 2231, section 5)
              .bytes = {},
              .length = charset.size() + content->size() + 7};
    switch (to_lower(encoded[0])) {
        case 'q':
            word.bytes = decode_q(*content);
            return word;
        case 'b': {
            auto decoded = decode_base64(*content);
            word.bytes = std::move(decoded.bytes);
            return decoded.is_clean ? std::optional(std::move(word)) : std::nullopt;
        }
        default:
            return std::nullopt;
    }
}

class Decoder {
public:
    Decoded run(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const auto sign = std::min(text.find("=?", at), text.size());
            const auto between = text.substr(at, sign - at);
            auto word = sign < text.size() ? parse_word(text.substr(sign)) : std::nullopt;
            const bool is_joint = word && follows_word_ && trim(between).empty();
            if (!is_joint) {
                add(between, {});
            }
            if (word) {
                add(word->bytes, word->charset);
                at = sign + word->length;
            } else {
                add(text.substr(sign, 2), {});
                at = std::min(sign + 2, text.size());
            }
            follows_word_ = word.has_value();
        }
        flush();
        return std::move(decoded_);
    }

private:
    // Bytes of one charset are decoded together: some writers cut a character between two words.
    void add(std::string_view bytes, std::string_view charset) {
        if (!is_same_name(charset, charset_)) {
            flush();
            charset_ = charset;
        }
        bytes_ += bytes;
    }

    void flush() {
        auto part = to_utf8(std::move(bytes_), charset_);
        bytes_.clear();
        decoded_.text += part.text;
        decoded_.is_lossy |= part.is_lossy;
    }

    Decoded decoded_{};
    std::string bytes_{};
    std::string_view charset_{};
    bool follows_word_ = false;
};

Decoded decode(std::string text) {
    return text.find("=?") == std::string::npos ? to_utf8(std::move(text), {}) : Decoder().run(text);
}

}  // namespace

Decoded decode_words(std::string_view text) {
    return decode(std::string(text));
}

std::string to_one_line(std::string text) {
    if (!is_printed(text)) {
        std::ranges::replace_if(text, is_control, ' ');
    }
    const auto seen = trim(text);
    return seen.size() == text.size() ? text : std::string(seen);
}

Decoded decode_field(std::string_view value) {
    value = trim(value);
    // What most fields are: it stands there as it is.
    if (is_printed(value) && value.find("=?") == std::string_view::npos) {
        return {.text = std::string(value)};
    }
    auto decoded = decode(unfold(value));
    decoded.text = to_one_line(std::move(decoded.text));
    return decoded;
}

}  // namespace lupaus::mail
