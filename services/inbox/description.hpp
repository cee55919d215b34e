// Reads the program's own proto/openapi.yaml. It is written in the part of YAML that this understands: mappings, lists,
// one-line scalars and flow collections, literal and folded blocks; no anchors, no tags, no second document. Pure.
// Throws std::runtime_error with the line's number: the file is embedded, so only a developer ever sees that.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace lupaus::inbox {

using Description = nlohmann::ordered_json;  // whoever touches it includes <nlohmann/json.hpp>

Description parse_description(std::string_view yaml);
std::string_view description_yaml();  // the file's text

}  // namespace lupaus::inbox
