// Optimistic edits: an ETag is a row's version, If-Match names the one that the caller saw. Pure. Source: RFC
// 9110, 13.1.1.
#pragma once

#include "common/base/error.hpp"
#include "common/net/http.hpp"

namespace lupaus::inbox {

// Without If-Match, with `*` or with the current version: go on. Errors: precondition, which tells the current version;
// invalid for a header that holds anything but versions.
Result<void> check_if_match(const net::Request& request, int version);

}  // namespace lupaus::inbox
