// What the sender of webhooks counts.
#pragma once

#include "common/telemetry/metrics.hpp"
#include "services/courier/webhooks.hpp"

#include <string_view>

namespace lupaus::courier {

struct Webhooks::Counters {
    explicit Counters(telemetry::Metrics& owner);

    void count_attempt(std::string_view outcome) const;
    void count_result(std::string_view result) const;
    void set_backlog(const desk::webhook::Backlog& backlog) const;

    telemetry::Metrics& metrics;
    telemetry::Histogram attempt;
    telemetry::Histogram delivery;
    telemetry::Gauge in_flight;
    telemetry::Gauge depth;
    telemetry::Gauge oldest;
    telemetry::Counter opened;
    telemetry::Counter disabled;
};

}  // namespace lupaus::courier
