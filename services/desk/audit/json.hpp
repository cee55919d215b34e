// How the API shows an entry of the audit.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/audit/types.hpp"

namespace lupaus::desk::audit {

void write(text::JsonWriter& json, const Entry& entry);

}  // namespace lupaus::desk::audit
