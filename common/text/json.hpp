// JSON from strangers (RFC 8259), stricter than the library: at most limits::kJsonDepthMax deep, no duplicate keys,
// valid UTF-8, no U+0000 (jsonb cannot hold it), nothing after the value. Pure, any thread.
// Errors: invalid, with the byte offset. Whoever touches the value includes <nlohmann/json.hpp>.
#pragma once

#include "common/base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace lupaus::text {

using Json = nlohmann::json;

Result<Json> parse_json(std::string_view text);
std::string dump(const Json& value);  // compact; invalid UTF-8 becomes U+FFFD

}  // namespace lupaus::text
