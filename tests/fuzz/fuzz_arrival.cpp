// A mail from a stranger, whatever its bytes: the desk makes a message of it that the database can hold and the router
// can read, or says why nobody can; and it is known again with the fields that servers on the way add.

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"
#include "services/desk/arrival/fingerprint.hpp"
#include "services/desk/arrival/mapping.hpp"
#include "services/desk/inbound/codec.hpp"
#include "tests/fuzz/property.hpp"

using namespace lupaus;
using fuzz::require;

namespace {

bool is_storable(std::string_view text) {
    return text::is_valid_utf8(text) && !text::has_nul(text);
}

void check(const desk::inbound::Parsed& parsed) {
    const auto& message = parsed.message;
    require(is_storable(message.external_id) && !message.external_id.empty());
    require(message.external_id.size() <= limits::kExternalIdBytesMax);
    require(is_storable(message.sender_id) && message.sender_id.size() <= limits::kExternalIdBytesMax);
    require(is_storable(message.sender_name) && message.sender_name.size() <= limits::kNameBytesMax);
    require(is_storable(message.subject) && message.subject.size() <= desk::inbound::kSubjectBytesMax);
    require(is_storable(message.text) && message.text.size() <= limits::kTextBytesMax);
    require(!message.html || (is_storable(*message.html) && message.html->size() <= limits::kTextBytesMax));
    require(message.attachments.size() == parsed.files.size());
    for (const auto& attachment : message.attachments) {
        require(is_storable(attachment.name) && is_storable(attachment.content_type));
    }
    const auto payload = desk::inbound::encode(message);
    require(is_storable(payload));
    require(desk::inbound::decode(std::string_view(payload)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::as_text(data, size);
    static const crypto::SecretBox box{Secret(std::string(32, 'k'))};
    static const desk::channel::Email email{.address = "support@desk.example"};
    const desk::arrival::Place place{.account = desk::AccountId::make(),
                                     .channel = desk::ChannelId::make(),
                                     .email = email,
                                     .live_since = {},
                                     .box = box};
    check(desk::arrival::map_mail(bytes, Timestamp{} + std::chrono::days{20'000}, place).parsed);
    const auto traced = "Return-Path: <a@b>\r\nReceived: by c\r\n" + std::string(bytes);
    require(bytes.starts_with(' ') || bytes.starts_with('\t') || bytes.starts_with('\r') ||
            desk::arrival::fingerprint(traced) == desk::arrival::fingerprint(bytes));
    return 0;
}
