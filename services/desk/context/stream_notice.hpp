// What is not worth storing, on its way to the streams of all processes: a payload of NOTIFY, which PostgreSQL limits
// to 8000 bytes. Process, account, type and frame with single spaces between. Pure.
#pragma once

#include "services/desk/ids.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk {

inline constexpr std::string_view kStreamChannel = "lupaus_stream";

// `process`: whoever told its own streams already; nil where nobody did.
std::string stream_notice(const Uuid& process, AccountId account, std::string_view type, std::string_view frame);

}  // namespace lupaus::desk
