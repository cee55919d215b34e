// Whom an answer is for: RFC 5322 3.6.3, and nobody of the desk's own.
#include "services/desk/letter/answer.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using inbound::MailHead;
using inbound::Person;
using inbound::Role;

const std::set<std::string> kOwn{"support@shop.example", "sales@shop.example"};

Person person(Role role, std::string address) {
    return {.role = role, .name = "", .address = std::move(address)};
}

std::string told(const std::vector<Person>& people) {
    std::string all;
    for (const auto& one : people) {
        all += one.address + " ";
    }
    return all;
}

TEST(Recipients, WhoWroteAndEverybodyElseInCopy) {
    const MailHead head{.people = {person(Role::from, "liisa@example.org"), person(Role::to, "support@shop.example"),
                                   person(Role::to, "olli@example.org"), person(Role::cc, "boss@example.org"),
                                   person(Role::cc, "olli@example.org"), person(Role::cc, "liisa@example.org")}};
    const auto recipients = recipients_of(head, kOwn, "contact@example.org");
    EXPECT_EQ(told(recipients.to), "liisa@example.org ");
    EXPECT_EQ(told(recipients.cc), "olli@example.org boss@example.org ");
    EXPECT_EQ(recipients.cc.front().role, Role::cc);
}

TEST(Recipients, AReplyToIsAskedInstead) {
    const MailHead head{.people = {person(Role::from, "liisa@example.org"), person(Role::reply_to, "home@example.org"),
                                   person(Role::reply_to, "work@example.org")}};
    EXPECT_EQ(told(recipients_of(head, kOwn, "").to), "home@example.org work@example.org ");
}

TEST(Recipients, NobodyOfTheDesksOwn) {
    const MailHead head{.people = {person(Role::from, "liisa@example.org"),
                                   person(Role::reply_to, "sales@shop.example"),
                                   person(Role::cc, "support+r.7.0123456789abcdef@shop.example"),
                                   person(Role::cc, "sales@shop.example")}};
    const auto recipients = recipients_of(head, kOwn, "");
    EXPECT_EQ(told(recipients.to), "liisa@example.org ");
    EXPECT_EQ(told(recipients.cc), "");
}

TEST(Recipients, WhoWroteIsNotAskedBesideAReplyTo) {
    const MailHead head{.people = {person(Role::from, "liisa@example.org"), person(Role::reply_to, "home@example.org"),
                                   person(Role::cc, "home@example.org")}};
    const auto recipients = recipients_of(head, kOwn, "");
    EXPECT_EQ(told(recipients.to), "home@example.org ");
    EXPECT_EQ(told(recipients.cc), "") << "nobody has it twice";
}

TEST(Recipients, WithNothingToAnswerTheContact) {
    EXPECT_EQ(told(recipients_of({}, kOwn, "liisa@example.org").to), "liisa@example.org ");
    EXPECT_EQ(told(recipients_of({}, kOwn, "").to), "");
    const MailHead own{.people = {person(Role::from, "sales@shop.example")}};
    EXPECT_EQ(told(recipients_of(own, kOwn, "liisa@example.org").to), "liisa@example.org ");
}

}  // namespace
}  // namespace lupaus::desk::letter
