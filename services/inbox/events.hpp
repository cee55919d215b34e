// GET /v1/events: the log as plain pages, for whoever mirrors the desk without a stream.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_events(Tx& tx, const Call& call);

// `types` is a list such as "message.created,alert.*"; an empty one lets everything through.
bool is_wanted_type(std::string_view types, std::string_view type);

}  // namespace lupaus::inbox
