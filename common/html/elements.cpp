#include "common/html/elements.hpp"

#include "common/html/tokens.hpp"

#include <algorithm>
#include <array>

namespace lupaus::html {

namespace {

struct Element {
    std::string_view name;
    Kind kind;
};

constexpr std::array<Element, kTags> kElements{{
    {"a", Kind::phrase},         {"abbr", Kind::phrase},   {"address", Kind::block},   {"applet", Kind::nested},
    {"article", Kind::block},    {"aside", Kind::block},   {"audio", Kind::nested},    {"b", Kind::phrase},
    {"bdi", Kind::phrase},       {"bdo", Kind::phrase},    {"big", Kind::phrase},      {"blockquote", Kind::block},
    {"br", Kind::single},        {"canvas", Kind::nested}, {"caption", Kind::cell},    {"center", Kind::block},
    {"cite", Kind::phrase},      {"code", Kind::phrase},   {"col", Kind::single},      {"colgroup", Kind::frame},
    {"datalist", Kind::nested},  {"dd", Kind::block},      {"del", Kind::phrase},      {"dfn", Kind::phrase},
    {"div", Kind::block},        {"dl", Kind::block},      {"dt", Kind::block},        {"em", Kind::phrase},
    {"figcaption", Kind::block}, {"figure", Kind::block},  {"footer", Kind::block},    {"h1", Kind::block},
    {"h2", Kind::block},         {"h3", Kind::block},      {"h4", Kind::block},        {"h5", Kind::block},
    {"h6", Kind::block},         {"header", Kind::block},  {"hr", Kind::single},       {"i", Kind::phrase},
    {"iframe", Kind::raw},       {"img", Kind::single},    {"ins", Kind::phrase},      {"kbd", Kind::phrase},
    {"li", Kind::block},         {"main", Kind::block},    {"mark", Kind::phrase},     {"math", Kind::nested},
    {"nav", Kind::block},        {"noembed", Kind::raw},   {"noframes", Kind::raw},    {"noscript", Kind::raw},
    {"object", Kind::nested},    {"ol", Kind::block},      {"p", Kind::block},         {"plaintext", Kind::endless},
    {"pre", Kind::block},        {"q", Kind::phrase},      {"s", Kind::phrase},        {"samp", Kind::phrase},
    {"script", Kind::raw},       {"section", Kind::block}, {"select", Kind::nested},   {"small", Kind::phrase},
    {"span", Kind::phrase},      {"strike", Kind::phrase}, {"strong", Kind::phrase},   {"style", Kind::raw},
    {"sub", Kind::phrase},       {"sup", Kind::phrase},    {"svg", Kind::nested},      {"table", Kind::frame},
    {"tbody", Kind::frame},      {"td", Kind::cell},       {"template", Kind::nested}, {"textarea", Kind::raw},
    {"tfoot", Kind::frame},      {"th", Kind::cell},       {"thead", Kind::frame},     {"time", Kind::phrase},
    {"title", Kind::raw},        {"tr", Kind::frame},      {"tt", Kind::phrase},       {"u", Kind::phrase},
    {"ul", Kind::block},         {"var", Kind::phrase},    {"video", Kind::nested},    {"wbr", Kind::single},
    {"xmp", Kind::raw},
}};

static_assert(std::ranges::is_sorted(kElements, {}, &Element::name));

constexpr std::size_t kNameMax = 10;  // blockquote, figcaption

constexpr std::size_t kLetters = 26;

// Where in kElements the names begin that have this letter first.
constexpr auto kFirst = [] {
    std::array<std::uint8_t, kLetters + 1> first{};
    for (std::size_t letter = 0; letter <= kLetters; ++letter) {
        const auto before = [letter](const Element& one) { return one.name.front() < static_cast<char>('a' + letter); };
        first.at(letter) = static_cast<std::uint8_t>(std::ranges::count_if(kElements, before));
    }
    return first;
}();

const Element& element(Tag tag) {
    return kElements[static_cast<std::size_t>(tag)];
}

}  // namespace

Tag find_tag(std::string_view name) {
    std::array<char, kNameMax> lowered{};
    if (name.size() > lowered.size()) {
        return Tag::unknown;
    }
    std::ranges::transform(name, lowered.begin(), lower);
    const std::string_view wanted(lowered.data(), name.size());
    const auto letter = static_cast<std::size_t>(lowered.front() - 'a');
    if (letter >= kLetters) {
        return Tag::unknown;
    }
    for (auto at = kFirst[letter]; at < kFirst[letter + 1]; ++at) {
        if (kElements[at].name == wanted) {
            return static_cast<Tag>(at);
        }
    }
    return Tag::unknown;
}

std::string_view name_of(Tag tag) {
    return element(tag).name;
}

Kind kind_of(Tag tag) {
    return element(tag).kind;
}

bool is_part_of_table(Tag tag) {
    const auto kind = kind_of(tag);
    return (kind == Kind::cell || kind == Kind::frame || tag == Tag::col) && tag != Tag::table;
}

}  // namespace lupaus::html
