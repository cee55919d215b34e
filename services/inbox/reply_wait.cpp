#include "services/inbox/reply_wait.hpp"

#include <algorithm>

namespace lupaus::inbox {

using desk::message::Direction;
using desk::message::Kind;
using desk::message::Message;

ReplyWait wait_of_reply(const std::optional<Timestamp>& waiting_since, const Message& seen,
                        std::span<const Message> unseen) {
    const auto is_asking = [](const Message& message) {
        return message.direction == Direction::in && message.kind == Kind::message && !message.history &&
               !message.judgement;
    };
    const auto is_answer = [](const Message& message) {
        return message.direction == Direction::out && message.kind == Kind::message;
    };
    std::optional<Timestamp> oldest_unseen;
    for (const auto& message : unseen) {
        if (is_asking(message)) {
            oldest_unseen = std::min(oldest_unseen.value_or(message.ordered_at), message.ordered_at);
        }
    }
    if (!waiting_since || !oldest_unseen) {
        return {};
    }
    // Channels often tell whole seconds, so the seen and the unseen message may share their time; and one that is told
    // late may have moved the wait of the seen one back, unless that was answered before.
    const bool moved_back = *waiting_since < seen.ordered_at && std::ranges::none_of(unseen, is_answer);
    const bool began_with_seen = is_asking(seen) && (*waiting_since == seen.ordered_at || moved_back);
    const bool began_before = *waiting_since < *oldest_unseen;
    return began_with_seen || began_before ? ReplyWait{.is_ended = true, .reopens = oldest_unseen}
                                           : ReplyWait{.is_ended = false, .reopens = {}};
}

}  // namespace lupaus::inbox
