#include "tests/integration/mailbox/mail_user.hpp"

#include "common/base/uuid.hpp"
#include "common/imap/wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

namespace lupaus::email::mailbox::test {

namespace {

Dovecot read_settings() {
    const auto* path = std::getenv("LUPAUS_TEST_DOVECOT");
    std::ifstream file(path == nullptr ? "" : path);
    std::map<std::string, std::string> values;
    for (std::string line; std::getline(file, line);) {
        values[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    }
    if (values.empty()) {
        throw std::runtime_error("LUPAUS_TEST_DOVECOT names no server: run this through ctest");
    }
    const auto port = [&values](const char* name) { return static_cast<std::uint16_t>(std::stoi(values.at(name))); };
    return {.imap = port("DOVECOT_IMAP"),
            .imaps = port("DOVECOT_IMAPS"),
            .certificate = values.at("DOVECOT_CERTIFICATE"),
            .password = values.at("DOVECOT_PASSWORD")};
}

}  // namespace

const Dovecot& dovecot() {
    static const Dovecot settings = read_settings();
    return settings;
}

std::string unused_user() {
    return "user-" + to_string(make_uuid_v7());
}

MailUser::MailUser(const std::string& name) : client_(dovecot().imap) {
    client_.read_line();
    const imap::Login login{.user = name, .secret = Secret(dovecot().password)};
    command(imap::login_command(login, {}).value().front());
}

std::vector<std::string> MailUser::command(std::string_view words) {
    client_.send("T " + std::string(words) + "\r\n");
    return finish();
}

void MailUser::append(std::string_view mail, std::string_view folder, std::string_view flags,
                      std::string_view arrived) {
    std::string words("T APPEND ");
    words.append(folder).append(" (").append(flags).append(") \"").append(arrived).append("\" {");
    words.append(std::to_string(mail.size())).append("+}\r\n").append(mail).append("\r\n");
    client_.send(words);
    finish();
}

std::size_t MailUser::count(const std::string& folder, const std::string& criterion) {
    command("EXAMINE " + folder);
    for (const auto& line : command("SEARCH " + criterion)) {
        if (line.starts_with("* SEARCH")) {
            return static_cast<std::size_t>(std::ranges::count(line, ' ')) - 1;
        }
    }
    return 0;
}

std::vector<std::string> MailUser::finish() {
    std::vector<std::string> lines;
    do {
        lines.push_back(client_.read_line());
    } while (!lines.back().starts_with("T ") && !lines.back().empty());
    EXPECT_TRUE(lines.back().starts_with("T OK")) << lines.back();
    return lines;
}

}  // namespace lupaus::email::mailbox::test
