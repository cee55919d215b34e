// What a client says on its WebSocket, one JSON object a frame. Pure. Errors: invalid.
#pragma once

#include "common/base/error.hpp"
#include "common/text/json.hpp"
#include "services/desk/ids.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string_view>
#include <variant>

namespace lupaus::inbox {

struct Resume {
    std::int64_t cursor = 0;
};

struct PutPresence {
    text::Json body;  // as PUT /v1/agents/me/presence takes it
};

struct Activity {
    std::string_view type;              // typing or viewing
    desk::ConversationId conversation;  // nil: viewing nothing any more
};

using StreamRequest = std::variant<Resume, PutPresence, Activity>;

Result<StreamRequest> parse_stream_request(std::string_view frame);

// {"type":"typing","conversation_id":…,"agent":{…}} for the other streams.
std::string write_activity(const Activity& activity, desk::AgentId agent, std::string_view agent_name);

}  // namespace lupaus::inbox
