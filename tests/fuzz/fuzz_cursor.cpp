// Whatever stands in `cursor` or arrives on a WebSocket: a place that means the same when it is written out again, or
// refused with a reason.

#include "services/inbox/stream_request.hpp"
#include "services/inbox/time_cursor.hpp"
#include "tests/fuzz/property.hpp"

using namespace lupaus;
using fuzz::require;

namespace {

constexpr std::string_view kList = "conversations.newest";

void check_cursor(std::string_view text) {
    const auto cursor = inbox::decode_cursor(kList, text);
    if (!cursor) {
        require(!cursor.error().fields.empty());
        return;
    }
    const auto again = inbox::decode_cursor(kList, inbox::encode_cursor(kList, *cursor));
    require(again && again->key == cursor->key && again->id == cursor->id);
    require(!inbox::decode_cursor("agents.name", text));
    if (const auto at = inbox::read_time(*cursor)) {
        const auto same = inbox::read_time(inbox::time_cursor(*at, cursor->id));
        require(same && *same == *at);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    check_cursor(text);
    check_cursor(inbox::encode_cursor(kList, {.key = std::string(text), .id = {}}));
    const auto said = inbox::parse_stream_request(text);
    require(said || !said.error().detail.empty() || !said.error().fields.empty());
    return 0;
}
