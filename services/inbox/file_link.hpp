// Links to an attachment for whoever has no token: /files/<public name>?expires=<Unix seconds>&signature=<base64url>.
// The public name is random and says nothing of account or message; the signature is an HMAC-SHA256 over name and
// expiry under a key of this desk. Pure.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"
#include "common/base/uuid.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/net/http.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lupaus::inbox {

inline constexpr std::string_view kFilesPath = "/files/";
inline constexpr std::chrono::seconds kLinkLife{300};

// Relative to the address of the API.
std::string make_link(const crypto::SecretBox& box, const Uuid& public_name, Timestamp expires_at);

// The public name that `request` asks for as its parameter `name`. Errors: forbidden where the link was over before
// `now`, not_found where this desk never made it.
Result<Uuid> open_link(const crypto::SecretBox& box, const net::Request& request, Timestamp now);

}  // namespace lupaus::inbox
