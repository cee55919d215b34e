#include "services/desk/promise/json.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::promise {

void append_json(std::string& out, const Promise& promise) {
    text::JsonWriter json(out);
    json.begin_object().field("id", promise.id).field("kind", to_string(promise.kind));
    json.field("outcome", promise.outcome ? std::optional(to_string(*promise.outcome)) : std::nullopt);
    json.field("opened_at", promise.opened_at).field("due_at", promise.due_at);
    json.field("settled_at", promise.settled_at).end_object();
}

}  // namespace lupaus::desk::promise
