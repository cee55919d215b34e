#include "services/desk/conversation/wait.hpp"

#include "services/desk/conversation/rules.hpp"
#include "services/desk/promise/meters.hpp"

namespace lupaus::desk::conversation {

std::optional<promise::Settled> end_wait(Tx& tx, Conversation& conversation, const WaitEnd& end,
                                         telemetry::Metrics& metrics) {
    auto settled = promise::settle_reply(tx, {.account = conversation.account,
                                              .conversation = conversation.id,
                                              .ending = end.ending,
                                              .agent = end.agent,
                                              .team = conversation.team,
                                              .message = end.message});
    if (settled) {
        end_wait(conversation, settled->next);
        tx.after_commit([&metrics, promise = settled->promise] { promise::count_settled(metrics, promise); });
    }
    return settled;
}

}  // namespace lupaus::desk::conversation
