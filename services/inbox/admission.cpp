#include "services/inbox/admission.hpp"

#include "services/desk/agent/rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::inbox {

namespace {

constexpr std::string_view kScheme = "Bearer ";
constexpr std::string_view kTokenProtocol = "lupaus.bearer.";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

std::optional<std::string_view> token_of_protocols(std::string_view list) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        const auto offered = trim(list.substr(0, end));
        if (offered.starts_with(kTokenProtocol)) {
            return offered.substr(kTokenProtocol.size());
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> bearer_token(const net::Request& request) {
    if (const auto field = request.headers.find("Authorization")) {
        const bool is_bearer =
            field->size() > kScheme.size() && net::equals_ignoring_case(field->substr(0, kScheme.size()), kScheme);
        return is_bearer ? std::optional(trim(field->substr(kScheme.size()))) : std::nullopt;
    }
    return request.wants_websocket() ? token_of_protocols(request.headers.value_or("Sec-WebSocket-Protocol", ""))
                                     : std::nullopt;
}

Result<void> check_rights(const desk::token::Principal& principal, std::string_view scope, desk::agent::Role least) {
    if (principal.role == desk::agent::Role::integrator) {
        if (std::ranges::find(principal.scopes, scope) == principal.scopes.end()) {
            return Error{.code = Errc::forbidden, .detail = "This needs the scope " + std::string(scope) + "."};
        }
        return {};
    }
    if (principal.role < least) {
        return Error{.code = Errc::forbidden,
                     .detail = "This needs the role " + std::string(desk::agent::to_string(least)) + "."};
    }
    return {};
}

bool is_json_or_empty(const net::Request& request) {
    if (request.body.empty()) {
        return true;
    }
    const auto type = request.headers.value_or("Content-Type", "");
    return net::equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

Result<text::Json> read_body(const net::Request& request) {
    return request.body.empty() ? Result<text::Json>(text::Json::object()) : text::parse_json(request.body);
}

}  // namespace lupaus::inbox
