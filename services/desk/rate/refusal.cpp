#include "services/desk/rate/refusal.hpp"

#include "common/text/json_writer.hpp"

#include <algorithm>

namespace lupaus::desk::rate {

Error refusal(const Met& met) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(met.wait).count();
    Error error{.code = Errc::rate_limited,
                .detail = std::string(met.words),
                .retry_after_s = std::max(1, static_cast<int>(seconds))};
    text::JsonWriter json(error.extension);
    json.begin_object().field("limit", met.limit).field("allowed", met.allowed).end_object();
    return error;
}

}  // namespace lupaus::desk::rate
