#include "services/desk/message/fold.hpp"

#include "common/html/html.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>

namespace lupaus::desk::message {

namespace {

std::optional<std::int32_t> characters_before(std::string_view text, std::size_t fold) {
    if (fold == text.size()) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(text::utf8_length(text.substr(0, fold)));
}

std::size_t bytes_of(std::string_view text, std::int32_t characters) {
    std::size_t at = 0;
    for (; characters > 0 && at < text.size(); --characters) {
        at += std::max<std::size_t>(text::sequence_bytes(text, at), 1);
    }
    return at;
}

}  // namespace

Folds find_folds(std::string_view text, const std::optional<std::string>& html) {
    Folds folds{.text = characters_before(text, html::find_text_fold(text))};
    if (html) {
        folds.html = characters_before(*html, html::find_html_fold(*html));
    }
    return folds;
}

std::optional<std::string> new_text(const Message& message) {
    if (!message.folds.text) {
        return std::nullopt;
    }
    return message.text.substr(0, bytes_of(message.text, *message.folds.text));
}

std::optional<std::string> new_html(const Message& message) {
    if (!message.html || !message.folds.html) {
        return std::nullopt;
    }
    return html::before_fold(*message.html, bytes_of(*message.html, *message.folds.html));
}

}  // namespace lupaus::desk::message
