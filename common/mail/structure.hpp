// How a mail is put together: its parts with the spans of their headers and bodies (RFC 2046), found in one pass over
// the lines, without recursion, without a copy, and within limits that hold before anything is kept.
#pragma once

#include "common/base/error.hpp"
#include "common/mail/parameters.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace lupaus::mail {

struct Entity {                                                 // the mail itself, a multipart, or a part
    std::string_view header{};                                  // its fields
    std::string_view body{};                                    // still in its transfer encoding
    std::string_view disposition{}, transfer_encoding{}, id{};  // of Content-…, as written
    Parameters type{};                    // Content-Type; text/plain where there is none that makes sense
    std::vector<std::size_t> children{};  // of a multipart, by their places in the list

    bool is(std::string_view content_type) const { return type.value == content_type; }
};

// The mail comes first. An attached mail is one part and is not looked into. Views live as long as the bytes do.
// Errors: invalid, for what has no header field and for what goes beyond the limits.
Result<std::vector<Entity>> take_apart(std::string_view bytes);

}  // namespace lupaus::mail
