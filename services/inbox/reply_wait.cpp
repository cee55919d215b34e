#include "services/inbox/reply_wait.hpp"

#include <algorithm>

namespace lupaus::inbox {

using desk::message::Direction;
using desk::message::Kind;
using desk::message::Message;

ReplyWait wait_of_reply(const std::optional<Timestamp>& waiting_since, const Message& seen,
                        std::span<const Message> unseen) {
    const auto is_asking = [](const Message& message) {
        return message.direction == Direction::in && message.kind == Kind::message && !message.history;
    };
    const auto first = std::ranges::find_if(unseen, is_asking);
    if (!waiting_since || first == unseen.end()) {
        return {};
    }
    // Channels often tell whole seconds, so the seen and the unseen message may share their time.
    const bool began_with_seen = is_asking(seen) && *waiting_since == seen.ordered_at;
    const bool began_before = *waiting_since < first->ordered_at;
    return began_with_seen || began_before ? ReplyWait{.is_ended = true, .reopens = first->ordered_at}
                                           : ReplyWait{.is_ended = false, .reopens = {}};
}

}  // namespace lupaus::inbox
