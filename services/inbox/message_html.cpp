#include "services/inbox/message_html.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/message/body.hpp"
#include "services/desk/message/fold.hpp"
#include "services/desk/message/store.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::message::Message;

// Whether the pictures from elsewhere are asked for. Errors: invalid.
Result<bool> read_images(const Call& call) {
    const auto images = call.request.query_value("images");
    if (images && *images != "off" && *images != "remote") {
        return invalid_field("images", "must be one of off, remote");
    }
    return images && *images == "remote";
}

// Errors: not_found.
Result<Message> find_named(Tx& tx, const Call& call) {
    const auto conversation = path_id<desk::ConversationId>(call, "conversation");
    const auto id = path_id<desk::MessageId>(call, "message", "message_id");
    if (!conversation || !id) {
        return conversation ? id.error() : conversation.error();
    }
    auto message = desk::message::find(tx, call.principal.account, *id);
    if (!message || message->conversation != *conversation) {
        return not_found("message");
    }
    return message;
}

}  // namespace

Result<Answer> handle_get_message_html(Tx& tx, const Call& call) {
    const auto with_images = read_images(call);
    if (!with_images) {
        return with_images.error();
    }
    const auto message = find_named(tx, call);
    if (!message) {
        return message.error();
    }
    const auto shown = [&with_images](const std::optional<std::string>& html) {
        return html && *with_images ? std::optional(desk::message::with_remote_images(*html)) : html;
    };
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object().field("message_id", message->id).field("images", *with_images ? "remote" : "off");
    json.field("html", shown(message->html)).field("new_html", shown(desk::message::new_html(*message))).end_object();
    return answer;
}

}  // namespace lupaus::inbox
