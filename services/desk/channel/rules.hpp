// The words of a channel and where its customers' messages arrive.
#pragma once

#include "services/desk/channel/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::channel {

inline constexpr int kWeightMax = 100;
inline constexpr std::chrono::seconds kReopenWindowMax = std::chrono::days{365};

std::string_view to_string(Kind kind);
std::string_view to_string(ReopenTo to);
std::string hook_path(Kind kind, ChannelId id);  // /hooks/webhook/<id>

}  // namespace lupaus::desk::channel
