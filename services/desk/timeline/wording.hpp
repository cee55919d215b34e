// Times, spans and names in English sentences. Pure.
#pragma once

#include "services/desk/timeline/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::timeline {

std::string moment(Timestamp at);                          // 26 Nov 2026 10:05 UTC
std::string span_of(Micros time);                          // 3 min 20 s: the two largest units
std::string_view withheld_because(std::string_view rule);  // no acknowledgement was written
std::string in_quotes(std::string_view text);
std::string capitalised(std::string text);

std::string name_of(const Uuid& id, const Names& names, std::string_view otherwise);

// Who did it; empty for the desk itself. Who is no agent goes by the name of their token.
std::string doer(const Happening& it, const Names& names);

// "Aino resolved it", or by the desk itself "Resolved".
std::string did(const Happening& it, const Names& names, std::string_view active, std::string_view passive);

}  // namespace lupaus::desk::timeline
