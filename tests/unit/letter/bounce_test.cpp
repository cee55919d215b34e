#include "services/desk/letter/bounce.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using inbound::Role;
using lupaus::mail::Report;

Sent sent() {
    return {.message = MessageId::make(),
            .channel = ChannelId::make(),
            .people = {{.role = Role::to, .name = "", .address = "liisa@example.org"},
                       {.role = Role::cc, .name = "", .address = "boss@example.org"}}};
}

TEST(Bounce, NamesWhoWasNotReachedAndWhy) {
    const Report report{.original_message_id = "x",
                        .recipients = {{.address = "Liisa@example.org",
                                        .action = "failed",
                                        .status = "5.1.1",
                                        .diagnostic = "smtp; 550 no such user"}}};
    EXPECT_EQ(failure_of(report, sent()), "The mail came back. Liisa@example.org: 5.1.1 smtp; 550 no such user");
}

TEST(Bounce, ADelayOrASuccessIsNone) {
    for (const auto* action : {"delayed", "delivered", "relayed", "expanded", ""}) {
        const Report report{.original_message_id = "x",
                            .recipients = {{.address = "liisa@example.org", .action = action}}};
        EXPECT_EQ(failure_of(report, sent()), "") << action;
    }
    EXPECT_EQ(failure_of(Report{}, sent()), "");
}

TEST(Bounce, SomebodyInCopyAloneIsNotTheCustomer) {
    Report report{.original_message_id = "x", .recipients = {{.address = "Boss@example.org", .action = "failed"}}};
    EXPECT_EQ(failure_of(report, sent()), "");
    report.recipients.push_back({.address = "liisa@forwarded.example", .action = "failed", .status = "5.0.0"});
    EXPECT_EQ(failure_of(report, sent()), "The mail came back. liisa@forwarded.example: 5.0.0")
        << "the customer's mail may be forwarded to an address that nobody here knows";
}

TEST(Bounce, ItsActionIsAWordInAnyCase) {
    const Report report{.original_message_id = "x",
                        .recipients = {{.address = "liisa@example.org", .action = "FAILED", .status = "5.1.1"}}};
    EXPECT_EQ(failure_of(report, sent()), "The mail came back. liisa@example.org: 5.1.1");
}

TEST(Bounce, IsNoLongerThanAReasonMayBe) {
    Report report{.original_message_id = "x"};
    for (int i = 0; i < 1'000; ++i) {
        report.recipients.push_back({.address = "ä@example.org", .action = "failed", .status = "5.1.1"});
    }
    EXPECT_LE(failure_of(report, sent()).size(), 512u);
}

}  // namespace
}  // namespace lupaus::desk::letter
