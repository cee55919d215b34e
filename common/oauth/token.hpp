// An access token for a refresh token: what is posted to a provider's token endpoint, and what its answer means. Pure,
// any thread. Errors: unauthenticated (the grant is over: somebody has to consent again), unavailable (later), invalid.
// Source: RFC 6749, sections 2.3.1, 5 and 6.
#pragma once

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lupaus::oauth {

struct Grant {
    std::string token_url{};  // https; http only to a loopback address
    std::string client_id{};
    Secret client_secret{};  // empty where the client has none
    Secret refresh_token{};
    std::string scope{};  // empty: as consented
};

struct Token {
    Secret access{};
    std::chrono::seconds lifetime{};
    Secret refresh{};  // the refresh token from now on; empty: the one before
};

Secret refresh_form(const Grant& grant);  // application/x-www-form-urlencoded

Result<Token> parse_token(int status, std::string_view body);

// Whether secrets may be posted there.
bool is_safe_endpoint(std::string_view url);

}  // namespace lupaus::oauth
