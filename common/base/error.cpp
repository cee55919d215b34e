#include "common/base/error.hpp"

#include <array>
#include <stdexcept>

namespace lupaus {

namespace {

struct Row {
    Errc code;
    int status;
    std::string_view label;
};

constexpr std::array kTable{
    Row{Errc::invalid, 400, "invalid"},
    Row{Errc::unauthenticated, 401, "unauthenticated"},
    Row{Errc::forbidden, 403, "forbidden"},
    Row{Errc::not_found, 404, "not-found"},
    Row{Errc::method_not_allowed, 405, "method-not-allowed"},
    Row{Errc::conflict, 409, "conflict"},
    Row{Errc::precondition, 412, "precondition-failed"},
    Row{Errc::too_large, 413, "too-large"},
    Row{Errc::unprocessable, 422, "unprocessable"},
    Row{Errc::rate_limited, 429, "rate-limited"},
    Row{Errc::internal, 500, "internal"},
    Row{Errc::unavailable, 503, "unavailable"},
    Row{Errc::timeout, 504, "timeout"},
};

const Row& row_of(Errc code) {
    for (const auto& row : kTable) {
        if (row.code == code) {
            return row;
        }
    }
    throw std::logic_error("an Errc is missing from the table");
}

}  // namespace

Error invalid_field(std::string field, std::string detail) {
    Error error{.code = Errc::invalid, .detail = field + ": " + detail};
    error.fields.push_back(FieldError{std::move(field), std::move(detail)});
    return error;
}

Error not_found(std::string_view what) {
    return Error{.code = Errc::not_found, .detail = "No such " + std::string(what) + "."};
}

int http_status(Errc code) {
    return row_of(code).status;
}

std::string_view label(Errc code) {
    return row_of(code).label;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::logic_error("a failed Result was read as a value: " + error.detail);
}

}  // namespace lupaus
