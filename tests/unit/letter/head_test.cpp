#include "services/desk/letter/head.hpp"

#include "common/base/limits.hpp"
#include "services/desk/letter/people.hpp"
#include "tests/unit/letter/sample_mail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using inbound::Role;
using support::make_mail;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(MailHead, ReferencesComeTheNewestFirstAndOnce) {
    auto mail = make_mail();
    mail.in_reply_to = {"c@x"};
    mail.references = {"a@x", "b@x", "c@x"};
    EXPECT_THAT(references_of(mail), ElementsAre("c@x", "b@x", "a@x"));
}

TEST(MailHead, NothingRefersToItselfOrToNothing) {
    auto mail = make_mail();
    mail.in_reply_to = {"", mail.message_id};
    mail.references = {"", "a@x", std::string(limits::kMailIdBytesMax + 1, 'x')};
    EXPECT_THAT(references_of(mail), ElementsAre("a@x"));
    mail.message_id.clear();
    mail.in_reply_to = {""};
    mail.references = {};
    EXPECT_THAT(head_of(mail).references, IsEmpty());
    EXPECT_EQ(head_of(mail).id, "");
}

TEST(MailHead, TheLongestIdIsStillOne) {
    auto mail = make_mail();
    const std::string longest(limits::kMailIdBytesMax, 'x');
    mail.references = {longest};
    EXPECT_THAT(references_of(mail), ElementsAre(longest));
}

TEST(MailHead, JustTooManyReferencesLoseOne) {
    auto mail = make_mail();
    for (std::size_t i = 0; i <= limits::kMailReferencesMax; ++i) {
        mail.references.push_back(std::to_string(i) + "@x");
    }
    EXPECT_THAT(references_of(mail), SizeIs(limits::kMailReferencesMax));
}

TEST(MailHead, OfManyReferencesTheNewestAndTheOldestStay) {
    auto mail = make_mail();
    for (int i = 0; i < 100; ++i) {
        mail.references.push_back(std::to_string(i) + "@x");
    }
    const auto kept = references_of(mail);
    ASSERT_THAT(kept, SizeIs(limits::kMailReferencesMax));
    EXPECT_EQ(kept.front(), "99@x");
    EXPECT_EQ(kept[limits::kMailReferencesMax - 2], "81@x");
    EXPECT_EQ(kept.back(), "0@x");
}

TEST(MailHead, KeepsEverybodyOnceInLowerCase) {
    auto mail = make_mail();
    mail.reply_to = {{.name = "Office", .address = "office@example.org"}};
    mail.cc = {{.name = "Boss", .address = "Boss@Example.org"},
               {.name = "", .address = "boss@example.org"},
               {.name = "a group", .address = ""}};
    const auto people = people_of(mail);
    ASSERT_THAT(people, SizeIs(4));
    EXPECT_EQ(people[0].role, Role::from);
    EXPECT_EQ(people[0].address, "liisa@example.org");
    EXPECT_EQ(people[1].role, Role::reply_to);
    EXPECT_EQ(people[2].role, Role::to);
    EXPECT_EQ(people[3].role, Role::cc);
    EXPECT_EQ(people[3].name, "Boss");
    EXPECT_EQ(people[3].address, "boss@example.org");
}

TEST(MailHead, NamesNoMorePeopleThanItMay) {
    auto mail = make_mail();
    for (int i = 0; i < 2'000; ++i) {
        mail.cc.push_back({.name = "", .address = std::to_string(i) + "@example.org"});
    }
    EXPECT_THAT(people_of(mail), SizeIs(limits::kMailPeopleMax));
}

TEST(MailHead, OurOwnIdsNameTheMessage) {
    const auto message = MessageId::make();
    EXPECT_EQ(make_message_id(message, "support@shop.example"), to_string(message) + "@shop.example");
}

TEST(MailHead, PeopleAreReadAsTheyWereWritten) {
    auto mail = make_mail();
    mail.cc = {{.name = "\"Q\" Ö", .address = "q@example.org"}};
    std::string written;
    text::JsonWriter json(written);
    write_people(json, people_of(mail));
    const auto read = read_people(written);
    ASSERT_THAT(read, SizeIs(3));
    EXPECT_EQ(read[2].role, Role::cc);
    EXPECT_EQ(read[2].name, "\"Q\" Ö");
    EXPECT_EQ(read[2].address, "q@example.org");
    EXPECT_THAT(read_people("{}"), IsEmpty());
    EXPECT_THAT(read_people(R"([1, {"role":"bcc","address":"x"}])"), IsEmpty());
}

}  // namespace
}  // namespace lupaus::desk::letter
