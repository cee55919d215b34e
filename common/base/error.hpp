// The one error type. A caller's mistake travels as Result<T>; infrastructure that is gone travels as an exception and
// is caught at the request boundary, the worker loop and main. `Errc` maps to an HTTP status and a metric label in one
// table (error.cpp), so a new code needs exactly one new line there.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lupaus {

enum class Errc {
    invalid,             // a field is wrong: 400
    unauthenticated,     // no or bad credentials: 401
    forbidden,           // the token's role or scope does not allow it: 403
    not_found,           // 404, also for another account's ids
    method_not_allowed,  // 405
    conflict,            // the state does not allow it, or somebody was faster: 409
    precondition,        // If-Match names another version: 412
    too_large,           // a body, header or field over its limit: 413
    unprocessable,       // same Idempotency-Key, another request: 422
    rate_limited,        // 429 with Retry-After
    unavailable,         // overload or a dependency is down: 503 with Retry-After
    timeout,             // an external wait ran out: 504
    internal,            // a bug: 500
};

struct FieldError {
    std::string field;   // JSON pointer or parameter name
    std::string detail;  // what is wrong with it, in a sentence
};

struct Error {
    Errc code = Errc::internal;
    std::string detail;                // a sentence for the caller; never a secret, never SQL
    std::vector<FieldError> fields{};  // which parts of the request are wrong
    int retry_after_s = 0;             // for rate_limited and unavailable
    std::string extension{};           // JSON object merged into the problem document, e.g. missed messages
};

template <class T>
using Result = boost::system::result<T, Error>;

Error invalid_field(std::string field, std::string detail);
Error not_found(std::string_view what);
int http_status(Errc code);
std::string_view label(Errc code);  // for metrics and the `type` of a problem document

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace lupaus
