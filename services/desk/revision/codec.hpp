// The wire form of a revision (proto/revision.schema.json). Unknown fields are ignored. Pure. Errors: invalid and
// too_large, naming every wrong field.
#pragma once

#include "common/base/error.hpp"
#include "common/text/json.hpp"
#include "services/desk/revision/types.hpp"

#include <string_view>

namespace lupaus::desk::revision {

bool is_revision(std::string_view type);

// Account and channel are the caller's.
Result<Revision> parse_revision(const text::Json& body);

}  // namespace lupaus::desk::revision
