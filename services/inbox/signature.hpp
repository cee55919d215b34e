// The member `signature` of agents and teams: {"text", "html"} with {{variables}}, or null. Pure.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/desk/agent/types.hpp"

#include <cstddef>
#include <optional>

namespace lupaus::inbox {

inline constexpr std::size_t kSignatureTextBytesMax = 2 * 1024;
inline constexpr std::size_t kSignatureHtmlBytesMax = 8 * 1024;

// What is not given stays as it is. Mistakes are reported into `reader`: an unknown variable, and a picture that would
// have to come with each mail.
void read_signature(text::JsonReader& reader, std::optional<desk::agent::Signature>& signature);

}  // namespace lupaus::inbox
