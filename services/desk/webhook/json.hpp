// Endpoints and deliveries as JSON, and the one body that is not an event of the log: a ping. Pure, any thread.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/webhook/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::webhook {

void write_fields(text::JsonWriter& json, const Webhook& webhook);  // inside an object; without secrets
void write_fields(text::JsonWriter& json, const Progress& progress, Timestamp now);
void write_fields(text::JsonWriter& json, const Delivery& delivery);

// `type`: webhook.created, .updated, .disabled, .replayed, .deleted. More people read the log than may see where an
// endpoint is, and its URL can be a secret of its own: it is left out.
event::Draft describe(std::string_view type, const Webhook& webhook, const event::Actor& actor);

std::string ping_body(const Delivery& ping);

}  // namespace lupaus::desk::webhook
