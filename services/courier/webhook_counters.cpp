#include "services/courier/webhook_counters.hpp"

namespace lupaus::courier {

Webhooks::Counters::Counters(telemetry::Metrics& owner)
    : metrics(owner),
      attempt(owner.histogram("lupaus_webhooks_attempt_seconds", "Time of one attempt, connection included.",
                              telemetry::kRequestBuckets)),
      delivery(owner.histogram("lupaus_webhooks_delivery_seconds",
                               "From an event's commit until an endpoint has accepted it.",
                               telemetry::kRequestBuckets)),
      in_flight(owner.gauge("lupaus_webhooks_attempts_in_flight", "Attempts under way.")),
      depth(owner.gauge("lupaus_webhooks_queue_depth", "Deliveries with an attempt ahead or under way.")),
      oldest(owner.gauge("lupaus_webhooks_oldest_due_seconds", "Age of the oldest due time that has passed.")),
      opened(owner.counter("lupaus_webhooks_opened_total", "Breakers that opened: an endpoint kept failing.")),
      disabled(
          owner.counter("lupaus_webhooks_disabled_total", "Endpoints disabled after 410 or for failing too long.")) {}

void Webhooks::Counters::count_attempt(std::string_view outcome) const {
    metrics.counter("lupaus_webhooks_attempts_total", "Attempts by outcome.", {{"outcome", std::string(outcome)}})
        .add();
}

void Webhooks::Counters::count_result(std::string_view result) const {
    metrics.counter("lupaus_webhooks_deliveries_total", "Results recorded.", {{"result", std::string(result)}}).add();
}

void Webhooks::Counters::set_backlog(const desk::webhook::Backlog& backlog) const {
    depth.set(static_cast<double>(backlog.due));
    oldest.set(static_cast<double>(backlog.age.count()));
    const auto set = [this](std::string_view state, std::int64_t count) {
        metrics.gauge("lupaus_webhooks_endpoints", "Endpoints by how they answer.", {{"state", std::string(state)}})
            .set(static_cast<double>(count));
    };
    set("working", backlog.working);
    set("held_back", backlog.held_back);
    set("disabled", backlog.disabled);
}

}  // namespace lupaus::courier
