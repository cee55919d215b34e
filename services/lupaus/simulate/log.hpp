// How a simulation finds itself again in the event log: every customer's text ends with a mark, and what the log says
// of marked messages and of the first replies promised in their conversations goes into the tally. Pure.
#pragma once

#include "services/lupaus/simulate/tally.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace lupaus::simulate {

std::string make_mark(std::string_view run, int number);
std::string with_mark(std::string_view text, std::string_view mark);

// One event of the log, oldest first. Messages of another run carry other marks and are left alone.
void count_event(Tally& tally, const nlohmann::json& event, std::string_view run);

}  // namespace lupaus::simulate
