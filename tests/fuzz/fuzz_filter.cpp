// Any JSON as the filter of a saved view: refused by the places of its faults, or the same filter when it was written
// out and read again; and what it compiles to has nothing in it that somebody wrote.

#include "services/desk/filter/compile.hpp"
#include "services/desk/filter/parse.hpp"
#include "services/desk/filter/render.hpp"
#include "tests/fuzz/property.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

std::vector<desk::attribute::Attribute> attributes() {
    std::vector<desk::attribute::Attribute> known(5);
    for (std::size_t i = 0; i < known.size(); ++i) {
        known[i].slot = static_cast<std::int64_t>(i) + 1;
        known[i].key = std::string(1, static_cast<char>('a' + i));
        known[i].type = static_cast<desk::attribute::Type>(i);
        known[i].choices = {"a", "b"};
    }
    return known;
}

// Words, numbers and signs of the expression's own grammar: a quotation mark stands only around a slot.
bool is_plain(const std::string& path) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("$._[*]=!<>&|() \"").find(c) != std::string_view::npos;
    };
    return std::ranges::all_of(path, fits) && std::ranges::count(path, '"') % 2 == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto known = attributes();
    const auto json = text::parse_json(fuzz::as_text(data, size));
    if (!json) {
        return 0;
    }
    const auto parsed = desk::filter::parse(*json);
    if (!parsed.faults.empty()) {
        require(std::ranges::all_of(parsed.faults, [](const auto& fault) { return !fault.detail.empty(); }));
        return 0;
    }
    const auto written = desk::filter::to_json(parsed.filter);
    const auto again = desk::filter::parse(text::parse_json(written).value());
    require(again.faults.empty() && again.filter == parsed.filter && desk::filter::to_json(again.filter) == written);
    const desk::filter::Known those{.of_conversations = known, .of_contacts = known};
    desk::filter::check(parsed.filter, those);
    desk::filter::references_of(parsed.filter);
    const auto compiled = desk::filter::compile(parsed.filter, those, {.agent = {}, .now = from_epoch_micros(0)});
    require(is_plain(compiled.path) && text::parse_json(compiled.variables).has_value());
    return 0;
}
