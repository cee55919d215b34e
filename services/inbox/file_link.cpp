#include "services/inbox/file_link.hpp"

#include "common/crypto/encoding.hpp"

#include <charconv>
#include <cstdint>

namespace lupaus::inbox {

namespace {

constexpr std::string_view kPurpose = "attachment link";

std::string signature_of(const crypto::SecretBox& box, const Uuid& name, std::string_view expires) {
    return crypto::base64url_encode(crypto::as_bytes(box.sign(kPurpose, to_string(name) + '.' + std::string(expires))));
}

}  // namespace

std::string make_link(const crypto::SecretBox& box, const Uuid& public_name, Timestamp expires_at) {
    const auto expires =
        std::to_string(std::chrono::floor<std::chrono::seconds>(expires_at).time_since_epoch().count());
    return std::string(kFilesPath) + to_string(public_name) + "?expires=" + expires +
           "&signature=" + signature_of(box, public_name, expires);
}

Result<Uuid> open_link(const crypto::SecretBox& box, const net::Request& request, Timestamp now) {
    const auto name = parse_uuid(request.param("name"));
    const auto expires = request.query_value("expires").value_or("");
    const auto signature = request.query_value("signature").value_or("");
    if (!name || !crypto::constant_time_equal(signature, signature_of(box, *name, expires))) {
        return not_found("file");
    }
    std::int64_t seconds = 0;
    std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
    if (now >= Timestamp(std::chrono::seconds(seconds))) {
        return Error{.code = Errc::forbidden, .detail = "This link is over; ask for a new one."};
    }
    return *name;
}

}  // namespace lupaus::inbox
