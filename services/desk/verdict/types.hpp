// What is known of customers' messages that a verdict keeps from counting, or kept until now.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lupaus::desk::verdict {

inline constexpr std::string_view kByAgent = "agent";                           // the rule of an agent's own verdict
inline constexpr std::string_view kMessageJudged = "message.judged";            // events: of one message,
inline constexpr std::string_view kConversationJudged = "conversation.judged";  // or of what a conversation holds
inline constexpr int kJudgedMax = 1'000;                                        // messages at once
inline constexpr int kDaysShown = 30;
inline constexpr int kCountedMax = 100'000;  // of those days

struct Judged {
    MessageId id;
    Timestamp said_at{};
    std::int64_t seq = 0;
    std::int64_t visible_seq = 0;
    bool can_wait = false;  // neither history nor taken back
    PromiseId waived;       // the reply promise that its verdict waived; nil: none
};

struct DayCount {
    std::string day;  // 2026-11-26, in UTC
    std::string rule;
    std::int64_t count = 0;
};

}  // namespace lupaus::desk::verdict
