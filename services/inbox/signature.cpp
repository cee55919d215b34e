#include "services/inbox/signature.hpp"

#include "services/desk/canned/rules.hpp"
#include "services/desk/message/body.hpp"

#include <string>
#include <string_view>

namespace lupaus::inbox {

namespace {

void check_variables(text::JsonReader& reader, std::string_view name, std::string_view text) {
    if (const auto fit = desk::canned::check_text(text); !fit) {
        reader.fail(name, fit.error().fields.front().detail);
    }
}

}  // namespace

void read_signature(text::JsonReader& reader, std::optional<desk::agent::Signature>& signature) {
    auto object = reader.optional_object("signature");
    if (!object) {
        signature = reader.is_null("signature") ? std::nullopt : signature;
        return;
    }
    desk::agent::Signature given{.text = object->string("text", {.max_bytes = kSignatureTextBytesMax})};
    auto markup = desk::message::written(object->optional_string("html", {.max_bytes = kSignatureHtmlBytesMax}));
    if (!markup.content_ids.empty()) {
        object->fail("html", "shows a picture by cid, but nothing comes with a signature: name it by https");
    }
    given.html = std::move(markup.html);
    check_variables(*object, "text", given.text);
    check_variables(*object, "html", given.html.value_or(""));
    object->refuse_unknown();
    signature = std::move(given);
}

}  // namespace lupaus::inbox
