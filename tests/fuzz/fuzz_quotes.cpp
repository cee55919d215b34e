// Any text as the answer to a mail: folded or not it is all there, something is left, and the fold falls between lines.

#include "common/html/html.hpp"
#include "tests/fuzz/property.hpp"

#include <string>

using namespace lupaus;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    const auto folded = html::fold_text(text);
    require(folded.fresh + folded.quoted == text);
    require(text.empty() || !folded.fresh.empty());
    require(folded.quoted.empty() || folded.fresh.ends_with('\n'));
    return 0;
}
