// A customer says something else than before, or takes it back.
#pragma once

#include "services/desk/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::revision {

inline constexpr std::string_view kEditedType = "message.edited";
inline constexpr std::string_view kDeletedType = "message.deleted";

struct Revision {
    AccountId account{};
    ChannelId channel{};
    std::string message_id{};  // the integrator's own id of the message it speaks of
    bool is_removal = false;
    std::string text{};  // of an edit: what it says now, as it is stored
    std::optional<std::string> html{};
};

}  // namespace lupaus::desk::revision
