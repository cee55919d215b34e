// Any text as HTML: what is left of it stands up to a strict reader, stays as it is when it is sanitised again, folds
// into two halves that stand up as well, and reads as text.

#include "common/html/html.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/unit/html/markup_check.hpp"

using namespace lupaus;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto html = text::repair_utf8(fuzz::as_text(data, size));
    const auto sanitised = html::sanitise(html);
    require(html::check_markup(sanitised.html).empty());
    require(text::is_valid_utf8(sanitised.html) && sanitised.html.size() <= 6 * html.size() + 16'000);
    const auto again = html::sanitise(sanitised.html);
    require(again.html == sanitised.html && again.has_remote_images == sanitised.has_remote_images);
    const auto folded = html::fold_html(sanitised.html);
    require(html::check_markup(folded.fresh).empty() && html::check_markup(folded.quoted).empty());
    require(sanitised.html.empty() || !folded.fresh.empty());
    require(html::before_fold(sanitised.html, html::find_html_fold(sanitised.html)) == folded.fresh);
    const auto asked = html::sanitise(sanitised.html, html::RemoteImages::asked);
    require(html::check_markup(asked.html).empty() || asked.has_remote_images);
    require(html::sanitise(asked.html).html == sanitised.html);
    const auto words = html::to_text(html);
    require(text::is_valid_utf8(words) && html::to_text(sanitised.html) == words);
    html::sanitise(html, html::RemoteImages::on);
    html::without_images(html);
    return 0;
}
