#include "services/desk/promise/meters.hpp"

#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::promise {

void count_settled(telemetry::Metrics& metrics, const Promise& settled) {
    if (!settled.outcome || !settled.settled_at) {
        return;
    }
    const telemetry::Labels labels{{"kind", std::string(to_string(settled.kind))},
                                   {"outcome", std::string(to_string(*settled.outcome))}};
    metrics.counter("lupaus_promises_settled_total", "Promises that ended, by how they ended.", labels).add();
    const bool is_reply = settled.kind == Kind::first_reply || settled.kind == Kind::next_reply;
    const bool delivered = *settled.outcome == Outcome::kept || *settled.outcome == Outcome::late;
    if (is_reply && delivered) {
        const std::chrono::duration<double> waited = *settled.settled_at - settled.opened_at;
        metrics
            .histogram("lupaus_reply_seconds",
                       "From the customer's oldest unanswered message to the reply, observed when the promise is "
                       "settled: a reply that was refused in the end and sent again counts twice.",
                       telemetry::kReplyBuckets, {{"kind", labels.at("kind")}})
            .observe(waited.count());
        const std::chrono::duration<double> business = settled.business.value_or(std::chrono::milliseconds{0});
        metrics
            .histogram("lupaus_reply_business_seconds", "The same, counted by the hours of the policy.",
                       telemetry::kReplyBuckets, {{"kind", labels.at("kind")}})
            .observe(business.count());
    }
}

}  // namespace lupaus::desk::promise
