#include "services/inbox/stream_request.hpp"

#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"

namespace lupaus::inbox {

namespace {

constexpr std::string_view kTyping = "typing";
constexpr std::string_view kViewing = "viewing";

Result<StreamRequest> finish(text::JsonReader& reader, StreamRequest request) {
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return request;
}

// What the presence says is judged where every other presence is.
Result<StreamRequest> as_presence(text::Json frame) {
    frame.erase("type");
    return StreamRequest(PutPresence{.body = std::move(frame)});
}

}  // namespace

Result<StreamRequest> parse_stream_request(std::string_view frame) {
    auto json = text::parse_json(frame);
    if (!json) {
        return json.error();
    }
    text::JsonReader reader(*json);
    const auto type = reader.one_of("type", {"resume", "presence", kTyping, kViewing});
    if (type == "presence") {
        return as_presence(*std::move(json));
    }
    if (type == "resume") {
        return finish(reader, Resume{.cursor = reader.integer("cursor")});
    }
    if (type == kTyping) {
        return finish(reader,
                      Activity{.type = kTyping, .conversation = reader.id<desk::ConversationId>("conversation_id")});
    }
    if (type == kViewing) {
        const auto conversation = reader.optional_id<desk::ConversationId>("conversation_id");
        return finish(reader,
                      Activity{.type = kViewing, .conversation = conversation.value_or(desk::ConversationId{})});
    }
    return *reader.error();
}

std::string write_activity(const Activity& activity, desk::AgentId agent, std::string_view agent_name) {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("type", activity.type).key("conversation_id");
    if (activity.conversation.is_nil()) {
        json.value(nullptr);
    } else {
        json.value(activity.conversation);
    }
    json.key("agent").begin_object().field("id", agent).field("name", agent_name).end_object();
    json.end_object();
    return out;
}

}  // namespace lupaus::inbox
