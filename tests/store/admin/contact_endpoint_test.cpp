#include "services/inbox/admin.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

class ContactEndpoints : public ::testing::Test {
protected:
    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;

    // Contacts are made by the router when somebody new writes; here by hand.
    std::string make_contact(const std::string& name) {
        const auto id = to_string(desk::ContactId::make());
        const auto channel = to_string(desk::ChannelId::make());
        desk_.database.as_owner([&](Tx& tx) {
            tx.exec(
                {"make_contact", "INSERT INTO contact (account_id, id, name, created_at) VALUES ($1, $2, $3, now())"},
                pqxx::params{to_string(account_), id, name});
            return tx.exec({"make_address",
                            "INSERT INTO address (account_id, channel_id, address, contact_id) "
                            "VALUES ($1, $2, $3, $4)"},
                           pqxx::params{to_string(account_), channel, "u-" + name, id});
        });
        return id;
    }

    Result<Answer> edit(const std::string& id, const std::string& body) {
        return ask(desk_, handle_edit_contact, {.principal = admin_, .body = body, .id = id});
    }
};

TEST_F(ContactEndpoints, AContactIsReadWithItsAddresses) {
    const auto id = make_contact("Aino");
    const auto contact = read(ask(desk_, handle_get_contact, {.principal = admin_, .id = id}));
    EXPECT_EQ(contact["name"], "Aino");
    EXPECT_EQ(contact["addresses"][0]["address"], "u-Aino");
    EXPECT_EQ(contact["blocked"], false);
}

TEST_F(ContactEndpoints, NullTakesAwayAndAbsenceLeaves) {
    const auto id = make_contact("Aino");
    EXPECT_EQ(read(edit(id, R"({"email": "aino@home.example", "phone": "+358 40 1"})"))["email"], "aino@home.example");
    const auto changed = read(edit(id, R"({"email": null, "name": "Aino K."})"));
    EXPECT_TRUE(changed["email"].is_null());
    EXPECT_EQ(changed["phone"], "+358 40 1");
    EXPECT_EQ(changed["name"], "Aino K.");
    EXPECT_EQ(changed["version"], 3);
    EXPECT_EQ(wrong_fields(edit(id, R"({"email": "nowhere", "vip": true})")), "/email /vip ");
}

TEST_F(ContactEndpoints, BlockingKeepsItsFirstMoment) {
    const auto id = make_contact("Spammer");
    const auto blocked = read(edit(id, R"({"blocked": true})"));
    EXPECT_EQ(blocked["blocked"], true);
    EXPECT_EQ(read(edit(id, R"({"blocked": true})"))["blocked_at"], blocked["blocked_at"]);
    EXPECT_TRUE(read(edit(id, R"({"blocked": false})"))["blocked_at"].is_null());
}

TEST_F(ContactEndpoints, ListsPageByPage) {
    for (const auto* name : {"Aino", "Eino", "Väinö"}) {
        make_contact(name);
    }
    const auto first = read(ask(desk_, handle_list_contacts, {.principal = admin_, .query = "limit=2"}));
    ASSERT_EQ(first["items"].size(), 2u);
    const auto cursor = first["next_cursor"].get<std::string>();
    const auto second =
        read(ask(desk_, handle_list_contacts, {.principal = admin_, .query = "limit=2&cursor=" + cursor}));
    ASSERT_EQ(second["items"].size(), 1u);
    EXPECT_NE(second["items"][0]["id"], first["items"][0]["id"]);
    EXPECT_NE(second["items"][0]["id"], first["items"][1]["id"]);
    EXPECT_TRUE(second["next_cursor"].is_null());
}

}  // namespace
}  // namespace lupaus::inbox
