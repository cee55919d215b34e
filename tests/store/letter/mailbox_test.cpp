// Whose the address is that a mail is handed over for.
#include "services/email/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

namespace lupaus::email {
namespace {

TEST(Mailbox, IsTheOneWithTheWholeAddressBeforeTheOneWithoutItsTag) {
    support::TestDatabase database;
    const auto account = support::make_account(database);
    const auto add = [&](const std::string& address) {
        return support::make_channel(database, account, {.email = desk::channel::Email{.address = address}}).id;
    };
    const auto plain = add("support@shop.example");
    const auto shop = add("support+shop@shop.example");
    const auto find = [&](const std::string& address) {
        const auto work = [&](Tx& tx) { return find_mailbox(tx, address); };
        return database.worker().run_blocking(Scope::queues(), work);
    };
    EXPECT_EQ(find("support@shop.example"), plain);
    EXPECT_EQ(find("support+shop@shop.example"), shop);
    EXPECT_EQ(find("Support+r.1.x@Shop.example"), plain);
    EXPECT_EQ(find("nobody@shop.example"), std::nullopt);
}

}  // namespace
}  // namespace lupaus::email
