#include "services/desk/message/body.hpp"

#include "common/base/limits.hpp"
#include "common/html/html.hpp"
#include "common/text/utf8.hpp"

#include <utility>

namespace lupaus::desk::message {

namespace {

std::optional<std::string> unless_empty(std::string html) {
    return html.empty() ? std::nullopt : std::optional(std::move(html));
}

}  // namespace

Body received(Said said) {
    Body body{.text = std::move(said.text)};
    if (!said.html) {
        return body;
    }
    auto sanitised = html::sanitise(*said.html);
    if (body.text.empty()) {
        body.text = html::to_text(sanitised);
    }
    body.html = unless_empty(std::move(sanitised.html));
    return body;
}

void cut_text(Body& body) {
    if (body.text.size() > limits::kTextBytesMax) {
        body.text = text::utf8_prefix(body.text, limits::kTextBytesMax);
    }
}

std::string with_remote_images(std::string_view html) {
    return html::sanitise(html, html::RemoteImages::asked).html;
}

Markup written(const std::optional<std::string>& html) {
    if (!html) {
        return {};
    }
    auto sanitised = html::sanitise(*html, html::RemoteImages::on);
    return {.html = unless_empty(std::move(sanitised.html)), .content_ids = std::move(sanitised.content_ids)};
}

}  // namespace lupaus::desk::message
