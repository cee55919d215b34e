// What a caller is told when infrastructure failed, and the one place where that is logged.
#pragma once

#include "common/base/error.hpp"

#include <exception>
#include <string_view>

namespace lupaus::inbox {

// For net::HttpServerHooks::map_exception. Unavailable: it helps to come back later. Internal: a bug.
Error map_exception(std::exception_ptr failure, std::string_view request_id);

}  // namespace lupaus::inbox
