// The real Dovecot of the tests (tests/support/dovecot.py), and a user of it who does by hand what people and other
// programs do in a mailbox. Blocking; every read has a limit.
#pragma once

#include "tests/integration/net/raw_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::email::mailbox::test {

struct Dovecot {
    std::uint16_t imap = 0;   // STARTTLS, and plain for this machine
    std::uint16_t imaps = 0;  // TLS
    std::string certificate{};
    std::string password{};
};

const Dovecot& dovecot();

std::string unused_user();  // every name is known, and its mailbox empty at first

class MailUser {
public:
    explicit MailUser(const std::string& name);

    // Lines up to the tagged one; a test that asks for what the server refuses fails.
    std::vector<std::string> command(std::string_view words);

    void append(std::string_view mail, std::string_view folder = "INBOX", std::string_view flags = "",
                std::string_view arrived = "17-Jul-2026 02:44:25 +0000");
    std::size_t count(const std::string& folder, const std::string& criterion);  // of SEARCH

private:
    std::vector<std::string> finish();

    net::test::RawClient client_;
};

}  // namespace lupaus::email::mailbox::test
