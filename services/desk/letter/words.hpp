// What a mail says besides the reply itself: below it the signature, behind the line that programs know one by, and the
// message that it answers. Composed once, when the reply is accepted, and stored with its delivery, so that a repeated
// mail says the same whatever was changed meanwhile. Pure, linear, any thread, no errors.
// Source: RFC 3676, sections 4.3 (signatures) and 4.5 (quotations).
#pragma once

#include "common/base/clock.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace lupaus::desk::letter {

inline constexpr std::size_t kQuotedTextBytesMax = 32 * 1024;
inline constexpr std::size_t kQuotedHtmlBytesMax = 64 * 1024;  // what is longer is quoted as text

struct Words {
    std::string text{};
    std::optional<std::string> html{};  // sanitised
};

// The message that is answered.
struct Quoted {
    std::string name{};  // whose it is
    Timestamp at{};
    Words words{};
};

// Markup is written where the reply has it, of the text where there is nothing else. A reply of markup alone gets no
// text part by this: it would say less than the markup.
Words compose(Words reply, const std::optional<Words>& signature, const std::optional<Quoted>& quoted);

}  // namespace lupaus::desk::letter
