// What mail programs say about history by classes and ids, which a sanitised message keeps as data-fold. Pure.
#pragma once

#include "common/html/tokens.hpp"

#include <cstdint>
#include <string_view>

namespace lupaus::html {

enum class Mark : std::uint8_t {
    none,
    quote,        // all that the element holds was said before
    attribution,  // it says who said when what follows
    signature,
    history,  // from here on everything was said before
};

inline constexpr std::string_view kMarkAttribute = "data-fold";

// As a class, an id or a name says it, or data-fold itself.
Mark read_mark(Tag tag, const Attribute& attribute);
std::string_view to_string(Mark mark);

}  // namespace lupaus::html
