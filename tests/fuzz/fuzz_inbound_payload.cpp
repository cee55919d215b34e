// What stands in the queue, damaged: read as something that can be written again, or refused.

#include "services/desk/inbound/codec.hpp"
#include "tests/fuzz/property.hpp"

using namespace lupaus;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto payload = fuzz::as_text(data, size);
    if (const auto message = desk::inbound::decode(payload)) {
        const auto written = desk::inbound::encode(*message);
        const auto again = desk::inbound::decode(std::string_view(written));
        require(again.has_value());
        require(desk::inbound::encode(*again) == written);
    }
    if (const auto command = desk::inbound::decode_command(payload)) {
        const auto again = desk::inbound::decode_command(desk::inbound::encode_command(*command));
        require(again && again->kind == command->kind && again->subject == command->subject);
    }
    return 0;
}
