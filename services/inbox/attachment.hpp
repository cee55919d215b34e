// GET /v1/attachments/{id}: the bytes of what a customer or an agent attached. Always a download and never a page: the
// sender chose its name and type, so a browser must not act on either. Source: RFC 6266, RFC 8187.
#pragma once

#include "services/inbox/gate.hpp"

#include <string>
#include <string_view>

namespace lupaus::inbox {

net::Route attachment_route(desk::Context& desk, Gate& gate);

std::string content_disposition(std::string_view file_name);  // the field's value

}  // namespace lupaus::inbox
