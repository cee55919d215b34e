#include "services/desk/message/body.hpp"

#include "common/base/limits.hpp"
#include "common/html/html.hpp"
#include "common/text/utf8.hpp"

namespace lupaus::desk::message {

namespace {

std::optional<std::string> unless_empty(std::string html) {
    return html.empty() ? std::nullopt : std::optional(std::move(html));
}

}  // namespace

Body received(Body body) {
    if (!body.html) {
        return body;
    }
    body.html = unless_empty(html::sanitise(*body.html).html);
    if (body.text.empty() && body.html) {
        body.text = text::utf8_prefix(html::to_text(*body.html), limits::kTextBytesMax);
    }
    return body;
}

std::optional<std::string> written(const std::optional<std::string>& html) {
    return html ? unless_empty(html::sanitise(*html, html::RemoteImages::on).html) : std::nullopt;
}

}  // namespace lupaus::desk::message
