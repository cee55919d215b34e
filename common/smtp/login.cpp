#include "common/smtp/login.hpp"

#include "common/crypto/encoding.hpp"

#include <algorithm>

namespace lupaus::smtp {

std::vector<std::string> login_lines(const Login& login, std::span<const std::string> offered) {
    const auto is_offered = [&offered](std::string_view name) {
        return std::ranges::find(offered, name) != offered.end();
    };
    const std::string secret(login.secret.reveal());
    if (login.method == Login::Method::oauth) {
        if (!is_offered("XOAUTH2")) {
            return {};
        }
        const auto proof = "user=" + login.username + "\x01" + "auth=Bearer " + secret + "\x01\x01";
        return {"AUTH XOAUTH2 " + crypto::base64_encode(proof), ""};  // a 334 tells why not, and wants an empty line
    }
    if (is_offered("PLAIN")) {
        return {"AUTH PLAIN " + crypto::base64_encode('\0' + login.username + '\0' + secret)};
    }
    if (is_offered("LOGIN")) {
        return {"AUTH LOGIN", crypto::base64_encode(login.username), crypto::base64_encode(secret)};
    }
    return {};
}

}  // namespace lupaus::smtp
