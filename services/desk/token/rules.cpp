#include "services/desk/token/rules.hpp"

#include <algorithm>

namespace lupaus::desk::token {

namespace {

constexpr std::string_view kBotScope = "bot";

Error forbidden(std::string detail) {
    return Error{.code = Errc::forbidden, .detail = std::move(detail)};
}

}  // namespace

bool is_scope(std::string_view word) {
    return std::ranges::find(kScopes, word) != kScopes.end();
}

std::string scope_words() {
    std::string words;
    for (const auto scope : kScopes) {
        words += (words.empty() ? "" : ", ") + std::string(scope);
    }
    return words;
}

bool is_bot(const Token& token) {
    return std::ranges::find(token.scopes, kBotScope) != token.scopes.end();
}

bool has_ended(const Token& token, Timestamp now) {
    return token.revoked_at || (token.expires_at && *token.expires_at <= now);
}

Result<void> check_draft(const Token& draft) {
    for (const auto& scope : draft.scopes) {
        if (!is_scope(scope)) {
            return invalid_field("/scopes", "knows no \"" + scope + "\", only: " + scope_words());
        }
    }
    if (!draft.agent.is_nil()) {
        return draft.scopes.empty()
                   ? Result<void>{}
                   : invalid_field("/scopes", "goes with the role integrator only; an agent's role decides");
    }
    if (draft.role == agent::Role::admin) {
        return draft.scopes.empty() ? Result<void>{} : invalid_field("/scopes", "goes with the role integrator only");
    }
    if (draft.role != agent::Role::integrator) {
        return invalid_field("/role", "must be integrator or admin, or the token needs an agent");
    }
    return draft.scopes.empty() ? invalid_field("/scopes", "needs at least one scope") : Result<void>{};
}

Result<void> check_issuer(const Principal& issuer, const Token& draft) {
    if (issuer.role == agent::Role::admin) {
        return {};
    }
    if (issuer.role != agent::Role::integrator || !draft.agent.is_nil() || draft.role != agent::Role::integrator) {
        return forbidden("Only an admin issues this kind of token.");
    }
    for (const auto& scope : draft.scopes) {
        if (std::ranges::find(issuer.scopes, scope) == issuer.scopes.end()) {
            return forbidden("A token cannot hand out the scope " + scope + ", which it does not have.");
        }
    }
    return {};
}

}  // namespace lupaus::desk::token
