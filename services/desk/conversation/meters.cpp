#include "services/desk/conversation/meters.hpp"

#include <string>

namespace lupaus::desk::conversation {

void count_handover(telemetry::Metrics& metrics, std::string_view reason) {
    metrics
        .counter("lupaus_bot_handovers_total", "Conversations that went from a bot to the desk, by why.",
                 {{"reason", std::string(reason)}})
        .add();
}

}  // namespace lupaus::desk::conversation
