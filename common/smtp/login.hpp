// The lines of a login: SASL PLAIN, LOGIN and XOAUTH2. Pure, any thread.
// Source: RFC 4616 (PLAIN), RFC 4954, draft-murchison-sasl-login, Google's and Microsoft's pages on XOAUTH2.
#pragma once

#include "common/smtp/submission.hpp"

#include <span>
#include <string>
#include <vector>

namespace lupaus::smtp {

// What to say, in order: the AUTH command, then an answer to each 334. Empty: none of what is offered will do.
std::vector<std::string> login_lines(const Login& login, std::span<const std::string> offered);

}  // namespace lupaus::smtp
