// In front of every operation: who asks, may they, not too fast, with a body that is JSON; under an Idempotency-Key
// only once. Runs the operation in one transaction and turns its answer, or its error, into HTTP. Lives on the I/O
// thread and outlives the server's connections. Exceptions pass on to the server's map_exception hook.
#pragma once

#include "common/net/router.hpp"
#include "services/inbox/endpoint.hpp"
#include "services/inbox/leases.hpp"
#include "services/inbox/rate_limit.hpp"
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

    desk::Context& desk_;
    Leases& leases_;
    TokenCache tokens_;
    RateLimit rate_;
    telemetry::Counter limited_;
    telemetry::Counter replayed_;
};

// A refusal as a response. Where nobody knows who asks it says how to authenticate, and logs from where it was tried.
net::Response refuse(const Error& error, const net::Request& request);

}  // namespace lupaus::inbox
