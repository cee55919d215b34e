// What an operation changed, from how the API shows a thing before and after it. The API shows no secrets, so none can
// get in here; one that was made just now has a name of its own, which nobody asks for. Pure.
#pragma once

#include "common/text/json.hpp"

#include <cstddef>
#include <string>

namespace lupaus::desk::audit {

inline constexpr std::size_t kValueBytesMax = 500;  // of one value; a longer one is shown by its beginning

// Each is an object or, where there was nothing, null.
struct Views {
    const text::Json& before;
    const text::Json& asked;  // the fields that the caller sent
    const text::Json& after;
};

// Of those fields that were sent, the ones that now say something else; of what is gone, all.
std::string changes(const Views& views);

}  // namespace lupaus::desk::audit
