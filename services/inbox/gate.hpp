// In front of every operation: who asks, may they, not too fast (the token, and all of the account's where the operator
// set a limit), with a body that is JSON; under an Idempotency-Key only once. Runs the operation in one transaction and
// turns its answer, or its error, into HTTP. Lives on the I/O thread and outlives the server's connections. Exceptions
// pass on to the server's map_exception hook.
#pragma once

#include "common/net/router.hpp"
#include "services/desk/rate/rate_limit.hpp"
#include "services/inbox/endpoint.hpp"
#include "services/inbox/leases.hpp"
#include "services/inbox/token_cache.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace lupaus::inbox {

class Gate {
public:
    Gate(desk::Context& desk, Leases& leases);

    net::Route route(const Endpoint& endpoint);

    // Who the token speaks for; renews their presence. Errors: unauthenticated.
    boost::asio::awaitable<Result<PrincipalPtr>> identify(crypto::Digest token);

    // identify, rights and rate of a request. Errors: also forbidden and rate_limited.
    boost::asio::awaitable<Result<PrincipalPtr>> admit(const net::Request& request, std::string_view scope,
                                                       desk::agent::Role least);

private:
    boost::asio::awaitable<net::Response> handle(Endpoint endpoint, net::Request request);
    Result<void> check_rates(const desk::token::Principal& principal);
    void count_quota(const Error& error);

    desk::Context& desk_;
    Leases& leases_;
    TokenCache tokens_;
    desk::rate::Rate token_rate_;
    desk::rate::RateLimit by_token_;
    desk::rate::RateLimit by_account_;
    telemetry::Counter token_limited_;
    telemetry::Counter account_limited_;
    telemetry::Counter replayed_;
};

// A refusal as a response. Where nobody knows who asks it says how to authenticate, and logs from where it was tried.
net::Response refuse(const Error& error, const net::Request& request);

}  // namespace lupaus::inbox
