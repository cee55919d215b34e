// What a connection answers by itself, without any handler.
#include "common/net/http_connection.hpp"
#include "common/net/problem.hpp"

namespace lupaus::net {

std::optional<Response> HttpConnection::refuse_unrouted() const {
    if (exchange_.match.route != nullptr) {
        return std::nullopt;
    }
    if (exchange_.match.allow.empty()) {
        return problem(Error{.code = Errc::not_found, .detail = "There is nothing at this path."},
                       exchange_.request_id);
    }
    auto response = problem(Error{.code = Errc::method_not_allowed, .detail = "This path has other methods."},
                            exchange_.request_id);
    response.headers.add("Allow", exchange_.match.allow);
    return response;
}

Response HttpConnection::refuse_by_parser() const {
    const auto& refusal = parser_.refusal();
    if (refusal.status == 400) {
        return problem(Error{.code = Errc::invalid, .detail = refusal.detail}, exchange_.request_id);
    }
    if (refusal.status == 413) {
        return problem(Error{.code = Errc::too_large, .detail = refusal.detail}, exchange_.request_id);
    }
    return protocol_problem(refusal.status, refusal.detail, exchange_.request_id);
}

Response HttpConnection::refuse_crowded() const {
    return problem(Error{.code = Errc::unavailable,
                         .detail = "Too many large bodies are under way; send this one again.",
                         .retry_after_s = 1},
                   exchange_.request_id);
}

Response HttpConnection::refuse_slow(std::string_view what) {
    is_expired_ = false;
    core_->report_cut(what == "header" ? "header wait" : "body wait");
    return protocol_problem(408, "The " + std::string(what) + " took too long to arrive.", exchange_.request_id);
}

}  // namespace lupaus::net
