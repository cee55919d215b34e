// Email channels through the API and the command line: settings that are read back, secrets that are not.
#include "services/desk/channel/email_store.hpp"
#include "services/inbox/admin.hpp"
#include "tests/store/admin/command_runner.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

using desk::channel::MailSecrets;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFull = R"({
    "kind": "email", "name": "Support",
    "email": {
        "address": "Support@Shop.example", "sender_name": "Shop", "other_addresses": ["Help@shop.example"],
        "trusted_host": "MX.shop.example", "attributes_forwarded": true, "quote_history": true,
        "smtp": {"host": "smtp.shop.example", "user": "support", "password": "smtp-secret"},
        "imap": {"host": "imap.shop.example", "port": 143, "security": "starttls", "user": "support",
                 "password": "imap-secret", "folder": "Inbox", "after_fetch": "move", "move_to": "Archive"}}})";

class EmailChannels : public ::testing::Test {
protected:
    Result<Answer> create(const std::string& body) { return call(handle_create_channel, body); }

    Result<Answer> create_with(const std::string& email) {
        return create(R"({"kind": "email", "name": "Support", "email": )" + email + "}");
    }

    Result<Answer> edit(const std::string& id, const std::string& email) {
        return call(handle_edit_channel, R"({"email": )" + email + "}", id);
    }

    Result<Answer> call(Handle handle, const std::string& body, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = admin_, .body = body, .id = id});
    }

    std::string made() { return read(create(kFull))["id"].get<std::string>(); }

    MailSecrets secrets(const std::string& id) {
        const desk::channel::ChannelKey key{.account = account_, .id = *parse_id<desk::ChannelId>(id)};
        const auto find = [&](Tx& tx) { return desk::channel::find_mail_secrets(tx, desk_.context.box, key).value(); };
        return desk_.database.as_app(account_, find);
    }

    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;
};

TEST_F(EmailChannels, AreMadeAndReadBackWithoutTheirSecrets) {
    const auto answer = create(kFull);
    const auto channel = read(answer);
    const auto id = channel["id"].get<std::string>();
    EXPECT_EQ(channel["path"], "/hooks/email/" + id);
    const auto& email = channel["email"];
    EXPECT_EQ(email["address"], "support@shop.example");
    EXPECT_EQ(email["other_addresses"][0], "help@shop.example");
    EXPECT_EQ(email["trusted_host"], "mx.shop.example");
    EXPECT_EQ(email["attributes_forwarded"], true);
    EXPECT_EQ(email["quote_history"], true);
    EXPECT_EQ(email["smtp"]["port"], 465) << "with TLS from the first byte";
    EXPECT_EQ(email["smtp"]["security"], "tls");
    EXPECT_EQ(email["smtp"]["has_password"], true);
    EXPECT_EQ(email["imap"]["security"], "starttls");
    EXPECT_EQ(email["imap"]["after_fetch"], "move");
    EXPECT_EQ(email["imap"]["move_to"], "Archive");
    EXPECT_TRUE(email["oauth"].is_null());
    EXPECT_THAT(answer->body, Not(HasSubstr("-secret")));
    EXPECT_EQ(read(call(handle_get_channel, "{}", id))["email"], email);
    EXPECT_EQ(read(call(handle_list_channels, "{}"))["items"][0]["email"], email);
    EXPECT_EQ(secrets(id).smtp_password, "smtp-secret");
    EXPECT_EQ(secrets(id).imap_password, "imap-secret");
    const auto dump = [](Tx& tx) {
        return tx.exec({"dump_all",
                        "SELECT (SELECT string_agg(data::text, ' ') FROM event) || "
                        "(SELECT string_agg(e::text, ' ') FROM email_channel e)"});
    };
    EXPECT_THAT(desk_.database.as_owner(dump).at(0, 0).as<std::string>(), Not(HasSubstr("-secret"))) << "sealed";
}

TEST_F(EmailChannels, WhatIsNotGivenStays) {
    const auto id = made();
    const auto before = read(call(handle_get_channel, "{}", id))["email"];
    EXPECT_EQ(read(call(handle_edit_channel, R"({"name": "Help"})", id))["email"], before);
    auto email =
        read(edit(id, R"({"sender_name": "Help", "imap": {"after_fetch": "leave", "move_to": null}})"))["email"];
    EXPECT_EQ(email["sender_name"], "Help");
    EXPECT_EQ(email["imap"]["after_fetch"], "leave");
    EXPECT_EQ(email["imap"]["host"], "imap.shop.example");
    EXPECT_EQ(email["smtp"], before["smtp"]);
    EXPECT_EQ(secrets(id).imap_password, "imap-secret");
    email = read(edit(id, R"({"smtp": null, "imap": {"password": "new-secret"}})"))["email"];
    EXPECT_TRUE(email["smtp"].is_null());
    EXPECT_EQ(secrets(id).smtp_password, std::nullopt) << "nothing is left of what was taken away";
    EXPECT_EQ(secrets(id).imap_password, "new-secret");
}

TEST_F(EmailChannels, ASecretGoesOnlyWhereItWasGivenFor) {
    const auto id = made();
    EXPECT_EQ(wrong_fields(edit(id, R"({"imap": {"host": "imap.evil.example"}})")), "/email/imap/password ");
    EXPECT_TRUE(edit(id, R"({"imap": {"host": "imap.new.example", "password": "other-secret"}})"));
    EXPECT_EQ(wrong_fields(edit(id, R"({"smtp": {"security": "none"}})")), "/email/smtp ") << "in clear";
    EXPECT_TRUE(edit(id, R"({"smtp": {"host": "127.0.0.1", "security": "none", "password": "s"}})"));
}

TEST_F(EmailChannels, TokensStandInForPasswords) {
    const std::string servers = R"("smtp": {"host": "smtp.example.org", "user": "a@example.org"}, )"
                                R"("imap": {"host": "imap.example.org", "user": "a@example.org"})";
    EXPECT_EQ(wrong_fields(create_with(R"({"address": "a@example.org", )" + servers + "}")),
              "/email/smtp /email/imap ");
    const auto oauth = [](const std::string& more) {
        return R"("oauth": {"token_url": "https://login.example.org/token", "client_id": "desk")" + more + "}";
    };
    const auto first = R"({"address": "a@example.org", )" + servers + ", ";
    EXPECT_EQ(wrong_fields(create_with(first + oauth("") + "}")), "/email/oauth/refresh_token ");
    const auto channel = read(create_with(first + oauth(R"(, "client_secret": "c", "refresh_token": "r")") + "}"));
    const auto id = channel["id"].get<std::string>();
    EXPECT_EQ(channel["email"]["oauth"].dump(),
              R"({"client_id":"desk","token_url":"https://login.example.org/token"})");
    EXPECT_EQ(secrets(id).oauth_client_secret, "c");
    EXPECT_EQ(secrets(id).oauth_refresh_token, "r");
    EXPECT_EQ(wrong_fields(edit(id, R"({"oauth": {"token_url": "https://evil.example/token"}})")),
              "/email/oauth/refresh_token /email/oauth/client_secret ");
    EXPECT_EQ(wrong_fields(edit(id, R"({"oauth": {"token_url": "http://login.example.org/", "refresh_token": "r",
                                                  "client_secret": "c"}})")),
              "/email/oauth/token_url ");
    EXPECT_EQ(wrong_fields(edit(id, R"({"oauth": null})")), "/email/smtp /email/imap ");
}

TEST_F(EmailChannels, WrongSettingsAreNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {"{}", "/email/address "},
        {R"({"address": null})", "/email/address "},
        {R"({"address": "nobody"})", "/email/address "},
        {R"({"address": "a b@example.org"})", "/email/address "},
        {R"({"address": "a@example.org\r\nBcc: x@example.org"})", "/email/address "},
        {R"({"address": "a@example.org", "other_addresses": ["x"]})", "/email/other_addresses "},
        {R"({"address": "a@example.org", "sender_name": "A\r\nBcc: x@example.org"})", "/email/sender_name "},
        {R"({"address": "a@example.org", "smtp": {}})", "/email/smtp/host "},
        {R"({"address": "a@example.org", "smtp": {"host": "a b"}})", "/email/smtp/host "},
        {R"({"address": "a@example.org", "smtp": {"host": "a", "port": 0}})", "/email/smtp/port "},
        {R"({"address": "a@example.org", "smtp": {"host": "a", "security": "ssl"}})", "/email/smtp/security "},
        {R"({"address": "a@example.org", "smtp": {"host": "a", "password": "p"}})", "/email/smtp/user "},
        {R"({"address": "a@example.org", "smtp": {"host": "a", "folder": "p"}})", "/email/smtp/folder "},
        {R"({"address": "a@example.org", "imap": {"host": "a"}})", "/email/imap/user "},
        {R"({"address": "a@example.org", "imap": {"host": "a", "user": "u", "password": "p", "after_fetch": "move"}})",
         "/email/imap/move_to "},
        {R"({"address": "a@example.org", "imap": {"host": "a", "user": "u", "password": "p", "move_to": "x"}})",
         "/email/imap/move_to "},
        {R"({"address": "a@example.org", "acknowledgement": {"text": "Hei!"}})", "/email/acknowledgement "},
        {R"({"address": "a@example.org", "trusted_host": "mx", "acknowledgement": {}})",
         "/email/acknowledgement/text "},
        {R"({"address": "a@example.org", "trusted_host": "mx", "acknowledgement": {"text": "{{contact.iban}}"}})",
         "/email/acknowledgement/text "},
        {R"({"address": "a@example.org", "trusted_host": "mx", "acknowledgement": {"text": "{{agent.name}}"}})",
         "/email/acknowledgement/text "},
        {R"({"address": "a@example.org", "trusted_host": "mx", "acknowledgement": {"text": "x", "subject": "{{"}})",
         "/email/acknowledgement/subject "},
        {R"({"address": "a@example.org", "trusted_host": "mx",
             "acknowledgement": {"text": "x", "subject": "a\nBcc: x@example.org"}})",
         "/email/acknowledgement/subject "},
        {R"({"address": "a@example.org", "trusted_host": "mx", "acknowledgement": {"text": "x", "html": "x"}})",
         "/email/acknowledgement/html "},
        {R"({"address": "a@example.org", "colour": "red"})", "/email/colour "}};
    for (const auto& [email, wrong] : cases) {
        const auto answer = create_with(email);
        ASSERT_TRUE(answer.has_error()) << email;
        EXPECT_EQ(wrong_fields(answer), wrong) << email;
    }
    EXPECT_EQ(wrong_fields(create(R"({"kind": "email", "name": "Support"})")), "/email ");
    EXPECT_EQ(wrong_fields(create(R"({"kind": "webhook", "name": "Chat", "email": {"address": "a@example.org"}})")),
              "/email ");
    EXPECT_EQ(wrong_fields(create(R"({"kind": "email", "name": "Support", "outbound_url": "https://shop.example/in",
                                      "email": {"address": "a@example.org"}})")),
              "/outbound_url ");
}

TEST_F(EmailChannels, SayWhatAMachineAnswers) {
    const auto id = made();
    const auto words = [&] { return read(call(handle_get_channel, "{}", id))["email"]["acknowledgement"].dump(); };
    EXPECT_EQ(words(), "null");
    ASSERT_TRUE(edit(id, R"({"acknowledgement": {"text": "Hei {{contact.name}}!"}})"));
    EXPECT_EQ(words(), R"({"subject":"","text":"Hei {{contact.name}}!"})");
    EXPECT_EQ(read(call(handle_list_channels, "{}"))["items"][0]["email"]["acknowledgement"].dump(), words());
    ASSERT_TRUE(edit(id, R"({"acknowledgement": {"subject": "Nro {{conversation.number}}"}})"));
    EXPECT_EQ(words(), R"({"subject":"Nro {{conversation.number}}","text":"Hei {{contact.name}}!"})");
    ASSERT_TRUE(edit(id, R"({"acknowledgement": {"subject": null}})"));
    EXPECT_EQ(words(), R"({"subject":"","text":"Hei {{contact.name}}!"})");
    EXPECT_EQ(wrong_fields(edit(id, R"({"trusted_host": null})")), "/email/acknowledgement ")
        << "nobody would be acknowledged any more";
    ASSERT_TRUE(edit(id, R"({"trusted_host": null, "acknowledgement": null})"));
    EXPECT_EQ(words(), "null");
}

TEST_F(EmailChannels, AnAddressIsOneChannels) {
    const auto id = made();
    const auto again = create_with(R"({"address": "SUPPORT@shop.example"})");
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_EQ(wrong_fields(again), "/email/address ");
    EXPECT_TRUE(edit(id, R"({"address": "support@shop.example"})")) << "its own it keeps";
}

TEST(EmailCommand, MakesAChannelByTheSameRules) {
    support::TestDatabase database{};
    cli::CommandRunner runner{database};
    const auto account = runner.made({"account", "create", "--name", "Demo desk"});
    runner.environment["LUPAUS_SMTP_PASSWORD"] = "smtp-secret";
    const std::vector<std::string> words{"channel",         "add",
                                         "--kind",          "email",
                                         "--name",          "Support",
                                         "--address",       "support@shop.example",
                                         "--smtp-host",     "smtp.example.org",
                                         "--smtp-port",     "587",
                                         "--smtp-security", "starttls",
                                         "--smtp-user",     "support"};
    const auto made = runner.answer(words);
    const auto id = *parse_id<desk::ChannelId>(made["id"].get<std::string>());
    EXPECT_EQ(made["path"], "/hooks/email/" + to_string(id));
    EXPECT_THAT(runner.out, Not(HasSubstr("smtp-secret")));
    const auto owner = *parse_id<desk::AccountId>(account);
    const auto find = [&](Tx& tx) { return desk::channel::find(tx, owner, id).value(); };
    const auto channel = database.as_app(owner, find);
    ASSERT_TRUE(channel.email && channel.email->smtp);
    EXPECT_EQ(channel.email->smtp->port, 587);
    EXPECT_TRUE(channel.email->smtp->has_password);

    EXPECT_NE(runner.run({"channel", "add", "--kind", "email", "--name", "Support"}), 0);
    EXPECT_THAT(runner.err, HasSubstr("--address"));
    EXPECT_NE(runner.run({"channel", "add", "--kind", "email", "--name", "X", "--address", "x@example.org",
                          "--imap-host", "a b", "--imap-user", "u", "--imap-password", "p"}),
              0);
    EXPECT_THAT(runner.err, HasSubstr("--imap-host"));
}

}  // namespace
}  // namespace lupaus::inbox
