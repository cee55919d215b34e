// Whatever an integrator posts: taken within the limits and kept unchanged by the queue, or refused with a reason.

#include "common/base/limits.hpp"
#include "common/text/json.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/webhook_body.hpp"
#include "tests/fuzz/property.hpp"

#include <nlohmann/json.hpp>

using namespace lupaus;
using fuzz::require;

namespace {

void check_limits(const desk::inbound::Parsed& parsed) {
    const auto& message = parsed.message;
    require(!message.external_id.empty() && message.external_id.size() <= limits::kExternalIdBytesMax);
    require(!message.sender_id.empty() && message.sender_id.size() <= limits::kExternalIdBytesMax);
    require(message.text.size() <= limits::kTextBytesMax);
    require(!message.html || message.html->size() <= limits::kTextBytesMax);
    require(!message.text.empty() || message.html || !message.attachments.empty());
    require(message.attachments.size() <= limits::kAttachmentsMax);
    require(message.attachments.size() == parsed.files.size());
}

void check_queue(const desk::inbound::Inbound& message) {
    const auto payload = desk::inbound::encode(message);
    const auto again = desk::inbound::decode(std::string_view(payload));
    require(again.has_value());
    require(again->text == message.text && again->html == message.html && again->thread_id == message.thread_id);
    require(desk::inbound::meaning_of(*again) == desk::inbound::meaning_of(message));
    require(desk::inbound::encode(*again) == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = fuzz::as_text(data, size);
    const auto tree = text::parse_json(body);
    if (!tree) {
        require(!tree.error().detail.empty());
        return 0;
    }
    const auto parsed = desk::inbound::parse_webhook(*tree);
    const auto external_id = desk::inbound::find_external_id(*tree);
    if (parsed) {
        check_limits(*parsed);
        check_queue(parsed->message);
        require(external_id == parsed->message.external_id);
    } else {
        require(!parsed.error().detail.empty() || !parsed.error().fields.empty());
    }
    return 0;
}
