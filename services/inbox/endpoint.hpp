// One JSON operation of the API: a plain function that runs on a database thread inside one transaction. The gate in
// front of it has authenticated, checked role and scope, limited the rate, parsed the body and looked up the
// Idempotency-Key; a returned error rolls everything back and becomes a problem document (RFC 9457).
#pragma once

#include "common/base/error.hpp"
#include "common/base/limits.hpp"
#include "common/net/http.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/token/types.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace lupaus::inbox {

struct Call {
    desk::Context& desk;
    const desk::token::Principal& principal;
    const net::Request& request;
    const nlohmann::json& body;  // an empty object where the request had none

    desk::event::Actor actor() const;
};

struct Answer {
    int status = 200;
    std::string body;  // JSON; empty: 204
    int version = 0;   // becomes the ETag when not 0
};

using Handle = Result<Answer> (*)(Tx& tx, const Call& call);

// Before the transaction, on the I/O thread: what waits for others than the database.
using Prepare = boost::asio::awaitable<void> (*)(const Call& call);

// `scope` is what an integrator's token must have; `least` the role that any other token must have.
struct Endpoint {
    std::string_view method;
    std::string_view pattern;
    std::string_view scope;
    desk::agent::Role least;
    Handle handle;
    std::size_t body_bytes_max = limits::kJsonBodyBytesMax;
    Prepare prepare = nullptr;
};

}  // namespace lupaus::inbox
