// Bytes from a stranger, as a request and as the answer of somebody's endpoint: however the network slices them, the
// same message is understood or refused.

#include "common/net/message_parser.hpp"
#include "common/net/target.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

constexpr std::size_t kHeaderMax = 4096;
constexpr std::size_t kBodyMax = 8192;

struct Outcome {
    net::Progress progress = net::Progress::need_more;
    std::string first;  // the method, or the status
    std::string target;
    std::string body;
    std::size_t fields = 0;

    bool operator==(const Outcome&) const = default;
};

// Feeds slice after slice, what was not used again with the next one, until the message ends.
template <class Put, class Header>
net::Progress feed(std::string_view bytes, std::size_t slice, Put put, Header on_header) {
    std::string waiting;
    auto progress = net::Progress::need_more;
    while (!bytes.empty()) {
        waiting += bytes.substr(0, slice);
        bytes.remove_prefix(std::min(slice, bytes.size()));
        bool has_moved = true;
        while (has_moved) {
            std::size_t used = 0;
            progress = put(std::string_view(waiting), used);
            require(used <= waiting.size());
            waiting.erase(0, used);
            if (progress == net::Progress::complete || progress == net::Progress::refused) {
                return progress;
            }
            if (progress == net::Progress::header) {
                on_header();
            }
            has_moved = progress == net::Progress::header || (used > 0 && !waiting.empty());
        }
    }
    return progress;
}

Outcome read_request(std::string_view bytes, std::size_t slice) {
    net::RequestParser parser(kHeaderMax);
    net::Request request;
    parser.start(request);
    const auto progress = feed(
        bytes, slice, [&parser](std::string_view part, std::size_t& used) { return parser.put(part, used); },
        [&parser] { parser.limit_body(kBodyMax); });
    if (progress == net::Progress::refused) {
        require(parser.refusal().status >= 400 && !parser.refusal().detail.empty());
        return {.progress = progress, .first = {}, .target = {}, .body = {}};
    }
    if (progress != net::Progress::complete) {
        return {.progress = net::Progress::need_more, .first = {}, .target = {}, .body = {}};
    }
    require(request.target.starts_with('/') && request.body.size() <= kBodyMax);
    require(request.headers.count("Content-Length") + request.headers.count("Transfer-Encoding") <= 1);
    for (const auto& pair : request.query) {
        require(text::is_valid_utf8(pair.name) && text::is_valid_utf8(pair.value));
    }
    return {.progress = progress,
            .first = request.method_name,
            .target = request.target,
            .body = request.body,
            .fields = request.headers.size()};
}

Outcome read_answer(std::string_view bytes, std::size_t slice) {
    net::ResponseParser parser(kHeaderMax, kBodyMax);
    parser.start(false);
    auto progress = feed(
        bytes, slice, [&parser](std::string_view part, std::size_t& used) { return parser.put(part, used); }, [] {});
    if (progress != net::Progress::complete && progress != net::Progress::refused) {
        progress = parser.put_end();
    }
    require(parser.body.size() <= kBodyMax);
    if (progress != net::Progress::complete) {
        return {.progress = progress, .first = {}, .target = {}, .body = {}};
    }
    return {.progress = progress,
            .first = std::to_string(parser.status()),
            .target = {},
            .body = parser.body,
            .fields = parser.headers.size()};
}

// A head without an end may be refused at once or only when it does not go on: that depends on where it is cut.
bool agree(const Outcome& sliced, const Outcome& whole, std::string_view bytes) {
    const auto is_waiting_or_refused = [](const Outcome& outcome) {
        return outcome.progress != net::Progress::complete;
    };
    const auto head = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
    const bool has_end = bytes.find("\r\n\r\n", head) != std::string_view::npos;
    return sliced == whole || (!has_end && is_waiting_or_refused(sliced) && is_waiting_or_refused(whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::size_t slice = 1 + data[0];
    const auto bytes = fuzz::as_text(data + 1, size - 1);
    require(agree(read_request(bytes, slice), read_request(bytes, bytes.size()), bytes));
    require(agree(read_answer(bytes, slice), read_answer(bytes, bytes.size()), bytes));
    return 0;
}
