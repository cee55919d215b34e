// The bytes of what a customer or an agent attached: under GET /v1/attachments/{id} for whoever has a token, and under
// a link (file_link.hpp) for a browser or a receiver that has none. Always a download and never a page: the sender
// chose its name and type, so a browser must not act on either. Source: RFC 6266, RFC 8187.
#pragma once

#include "services/inbox/endpoint.hpp"
#include "services/inbox/gate.hpp"

#include <string>
#include <string_view>

namespace lupaus::inbox {

net::Route attachment_route(desk::Context& desk, Gate& gate);
net::Route file_route(desk::Context& desk);
Result<Answer> handle_link_attachment(Tx& tx, const Call& call);
Result<Answer> handle_retry_attachment(Tx& tx, const Call& call);  // of one that was to be fetched

std::string content_disposition(std::string_view file_name);  // the field's value

}  // namespace lupaus::inbox
