// Headers of a stranger: three lines, then the body. Nobody gets in by chance, and our own signature always does.

#include "common/crypto/webhook_signature.hpp"
#include "tests/fuzz/property.hpp"

#include <string>
#include <vector>

using namespace lupaus;
using fuzz::require;

namespace {

constexpr std::int64_t kNow = 1'795'341'917;

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> secrets{std::string(32, 's'), std::string(24, 't')};
    auto rest = fuzz::as_text(data, size);
    const auto id = take_line(rest);
    const auto timestamp = take_line(rest);
    const auto signature = take_line(rest);
    crypto::SignedWebhook request{.secrets = secrets,
                                  .id = id,
                                  .timestamp = timestamp,
                                  .signature = signature,
                                  .body = rest,
                                  .now = Timestamp{std::chrono::seconds{kNow}}};
    const auto verdict = crypto::verify_webhook(request);
    require(!verdict && verdict.error().code == Errc::unauthenticated && !verdict.error().detail.empty());
    const auto parsed = crypto::parse_webhook_secret(fuzz::as_text(data, size));
    require(!parsed || (parsed->size() >= 24 && parsed->size() <= 64));
    if (!id.empty()) {
        const auto right = crypto::sign_webhook(secrets[1], id, kNow, rest);
        const auto seconds = std::to_string(kNow);
        request.timestamp = seconds;
        request.signature = right;
        require(crypto::verify_webhook(request).has_value());
    }
    return 0;
}
