// A 429 that says which limit was met and when to come back; the same for every door of the desk. Pure.
#pragma once

#include "common/base/error.hpp"

#include <chrono>
#include <string_view>

namespace lupaus::desk::rate {

// How long a refusal takes its time: who asks again at once is no burden to the others.
inline constexpr std::chrono::milliseconds kRefusalPause{200};

struct Met {
    std::string_view limit;  // token, account, channel, messages_per_day: a member of the problem document
    std::string_view words;  // a sentence
    int allowed = 0;
    std::chrono::milliseconds wait{0};
};

Error refusal(const Met& met);

}  // namespace lupaus::desk::rate
