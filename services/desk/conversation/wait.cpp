#include "services/desk/conversation/wait.hpp"

#include "services/desk/conversation/rules.hpp"
#include "services/desk/promise/meters.hpp"

#include <unordered_map>
#include <utility>

namespace lupaus::desk::conversation {

std::optional<promise::Settled> end_wait(Tx& tx, Conversation& conversation, const WaitEnd& end,
                                         telemetry::Metrics& metrics) {
    auto* const one = &conversation;
    return std::move(end_waits(tx, std::span(&one, 1), end, metrics).front());
}

std::vector<std::optional<promise::Settled>> end_waits(Tx& tx, std::span<Conversation* const> conversations,
                                                       const WaitEnd& end, telemetry::Metrics& metrics) {
    std::vector<promise::Settling> settlings;
    std::unordered_map<ConversationId, std::size_t> places;
    for (const auto* conversation : conversations) {
        places[conversation->id] = settlings.size();
        settlings.push_back({.account = conversation->account,
                             .conversation = conversation->id,
                             .ending = end.ending,
                             .agent = end.agent,
                             .team = conversation->team,
                             .message = end.message});
    }
    std::vector<std::optional<promise::Settled>> answers(conversations.size());
    for (auto& settled : promise::settle_replies(tx, settlings)) {
        const auto place = places.at(settled.promise.conversation);
        end_wait(*conversations[place], settled.next);
        tx.after_commit([&metrics, promise = settled.promise] { promise::count_settled(metrics, promise); });
        answers[place] = std::move(settled);
    }
    return answers;
}

}  // namespace lupaus::desk::conversation
