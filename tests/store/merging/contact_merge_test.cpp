// Two contacts turn out to be one.
#include "services/desk/contact/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr int kMovedMax = 1000;

class ContactMerges : public ConversationTest {
protected:
    std::string contact_of(const Opened& conversation) { return to_string(load(conversation.id).contact); }

    Result<Answer> merge(const std::string& source, const std::string& target) {
        return call(handle_merge_contact, as_lead_, source, R"({"into":")" + target + R"("})");
    }

    text::Json merge_well(const std::string& source, const std::string& target) {
        const auto merged = merge(source, target);
        EXPECT_TRUE(merged.has_value()) << merged.error().detail;
        return text::parse_json(merged->body).value();
    }

    void edit(const std::string& contact, const std::string& body) {
        ASSERT_TRUE(call(handle_edit_contact, as_lead_, contact, body).has_value());
    }

    void know(const std::string& contact, const std::string& external_id) {
        look({"test_know", "UPDATE contact SET external_id = $2 WHERE id = $1"}, pqxx::params{contact, external_id});
    }

    text::Json show(const std::string& contact) {
        return text::parse_json(call(handle_get_contact, as_lead_, contact).value().body).value();
    }
};

TEST_F(ContactMerges, EverythingIsTheOthers) {
    const auto one = open();
    const auto other = open();
    const auto source = contact_of(one);
    const auto target = contact_of(other);
    edit(target, R"({"name":"Aino V.","phone":"1"})");
    edit(source, R"({"name":"aino87","email":"aino@example.org","phone":"2","blocked":true})");
    know(source, "crm-1");
    const auto word =
        call(handle_give_word, as_maija_, "",
             R"({"contact_id":")" + source + R"(","text":"The lamp","due_at":")" + to_rfc3339(now() + 1h) + R"("})");
    ASSERT_TRUE(word.has_value());
    const auto merged = merge_well(source, target);
    EXPECT_EQ(merged.at("id"), target);
    EXPECT_EQ(merged.at("name"), "Aino V.");
    EXPECT_EQ(merged.at("email"), "aino@example.org");
    EXPECT_EQ(merged.at("phone"), "1");
    EXPECT_EQ(merged.at("external_id"), "crm-1");
    EXPECT_EQ(merged.at("blocked"), true);
    EXPECT_EQ(merged.at("addresses").size(), 2u);
    EXPECT_EQ(contact_of(one), target);
    EXPECT_EQ(look_one({"test_word", "SELECT contact_id FROM promise WHERE kind = 4"}), target);
    const auto left = show(source);
    EXPECT_EQ(left.at("merged_into"), target);
    EXPECT_TRUE(left.at("external_id").is_null());
    EXPECT_TRUE(left.at("addresses").empty());
    EXPECT_EQ(event_data("contact.merged").at("merged_from"), source);
    EXPECT_EQ(call(handle_list_contacts, as_lead_, "").value().body.find(source), std::string::npos);
    ASSERT_TRUE(
        call(handle_merge_conversation, as_maija_, one.str(), R"({"into":")" + other.str() + R"("})").has_value())
        << "they are one customer's now";
}

TEST_F(ContactMerges, WhatTheOtherHasStays) {
    const auto source = contact_of(open());
    const auto target = contact_of(open());
    edit(target, R"({"email":"aino@example.org"})");
    edit(source, R"({"email":"aino87@example.org"})");
    EXPECT_EQ(merge_well(source, target).at("email"), "aino@example.org");
}

TEST_F(ContactMerges, WhatWasKeptWasPromisedToTheOneBefore) {
    const auto source = contact_of(open());
    const auto target = contact_of(open());
    const auto given =
        call(handle_give_word, as_maija_, "",
             R"({"contact_id":")" + source + R"(","text":"The lamp","due_at":")" + to_rfc3339(now() + 1h) + R"("})");
    const auto word = read(given).at("id").get<std::string>();
    ASSERT_TRUE(call(handle_keep_promise, as_maija_, word).has_value());
    merge_well(source, target);
    EXPECT_EQ(look_one({"test_kept", "SELECT contact_id FROM promise WHERE kind = 4"}), source);
}

TEST_F(ContactMerges, TwoExternalIdsAreNotForTheDeskToDecide) {
    const auto source = contact_of(open());
    const auto target = contact_of(open());
    know(source, "crm-1");
    know(target, "crm-2");
    EXPECT_EQ(merge(source, target).error().code, Errc::conflict);
    EXPECT_TRUE(show(source).at("merged_into").is_null());
    know(source, "crm-3");
    look({"test_forget", "UPDATE contact SET external_id = NULL WHERE id = $1"}, pqxx::params{source});
    EXPECT_EQ(merge_well(source, target).at("external_id"), "crm-2");
}

TEST_F(ContactMerges, NothingIsDoneToWhoWasMergedAway) {
    const auto source = contact_of(open());
    const auto target = contact_of(open());
    const auto third = contact_of(open());
    merge_well(source, target);
    const auto refused = [&](const Result<Answer>& answer) {
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().code, Errc::conflict);
        EXPECT_EQ(answer.error().extension, R"({"merged_into":")" + target + R"("})");
    };
    refused(call(handle_edit_contact, as_lead_, source, R"({"name":"x"})"));
    refused(merge(source, third));
    refused(merge(third, source));
    refused(call(handle_give_word, as_maija_, "",
                 R"({"contact_id":")" + source + R"(","text":"x","due_at":")" + to_rfc3339(now() + 1h) + R"("})"));
    merge_well(target, third);
    EXPECT_EQ(show(source).at("merged_into"), third) << "nobody follows a chain";
    EXPECT_EQ(show(target).at("merged_into"), third);
}

TEST_F(ContactMerges, OthersAreRefused) {
    const auto source = contact_of(open());
    const auto nobody = to_string(desk::ContactId::make());
    EXPECT_EQ(merge(source, source).error().code, Errc::invalid);
    EXPECT_EQ(merge(source, nobody).error().code, Errc::invalid);
    EXPECT_EQ(merge(nobody, source).error().code, Errc::not_found);
}

TEST_F(ContactMerges, TooMuchAtOnceIsRefused) {
    const auto source = contact_of(open());
    const auto target = contact_of(open());
    look({"test_addresses",
          "INSERT INTO address (account_id, channel_id, address, contact_id) "
          "SELECT $1, $2, 'a' || n, $3 FROM generate_series(1, $4::int) n"},
         pqxx::params{to_string(account_), to_string(channel_.id), source, kMovedMax});
    const auto refused = merge(source, target);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("1000 addresses"));
    look({"test_take_one", "DELETE FROM address WHERE address = 'a1'"});
    merge_well(source, target);
    EXPECT_EQ(look_one({"test_count", "SELECT count(*) FROM address WHERE contact_id = $1"}, pqxx::params{target}),
              std::to_string(kMovedMax + 1));
}

}  // namespace
}  // namespace lupaus::inbox
