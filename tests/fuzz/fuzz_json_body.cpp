// Any body: parsed the same after it was written out again, or refused with a reason; its reader never lets a value
// pass that breaks the rule it was given.

#include "common/text/json_reader.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <nlohmann/json.hpp>

using namespace lupaus;
using fuzz::require;

namespace {

constexpr std::int64_t kLeast = 1;
constexpr std::int64_t kMost = 200;
constexpr text::StringRule kShort{.max_bytes = 16};
constexpr text::ListRule kFew{.max_items = 3, .max_item_bytes = 8};

void check_told(const Error& error) {
    require(!error.detail.empty() || !error.fields.empty());
}

void check_reader(const text::Json& body) {
    text::JsonReader reader(body);
    const auto text = reader.string("text", kShort);
    const auto weight = reader.integer("weight", {.min = kLeast, .max = kMost});
    const auto tags = reader.string_list("tags", kFew);
    const auto due = reader.optional_timestamp("due_at");
    const auto id = reader.optional_uuid("id");
    auto inner = reader.optional_object("custom");
    if (inner) {
        inner->optional_boolean("vip");
        inner->refuse_unknown();
    }
    reader.refuse_unknown();
    if (const auto error = reader.error()) {
        check_told(*error);
        return;
    }
    require(!text.empty() && text.size() <= kShort.max_bytes && text::is_valid_utf8(text) && !text::has_nul(text));
    require(weight >= kLeast && weight <= kMost);
    require(tags.size() <= kFew.max_items);
    require(!due || parse_rfc3339(to_rfc3339(*due)).has_value());
    require(!id || parse_uuid(to_string(*id)) == id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = text::parse_json(fuzz::as_text(data, size));
    if (!parsed) {
        check_told(parsed.error());
        return 0;
    }
    const auto written = text::dump(*parsed);
    const auto again = text::parse_json(written);
    require(again.has_value() && text::dump(*again) == written);
    check_reader(*parsed);
    return 0;
}
