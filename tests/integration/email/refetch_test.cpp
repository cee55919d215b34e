// What becomes of mails that could not be had: held once, fetched again when somebody asks for them, and never lost.
#include "services/desk/inbound/store.hpp"
#include "services/desk/unfetched/store.hpp"
#include "tests/integration/email/kept_mailbox_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::email::test {
namespace {

namespace asio = boost::asio;
using mailbox::Batch;
using mailbox::Checkpoint;
using mailbox::RawMail;
using ::testing::HasSubstr;

class RefetchTest : public KeptMailboxTest {
protected:
    RawMail troubled(std::uint32_t uid, std::uint64_t size = 99) const {
        return {.uid = uid, .size = size, .arrived = arrived_, .bytes = {}, .trouble = "It is too large."};
    }

    // As the loop hands them over.
    template <class... Mails>
    asio::awaitable<bool> store(std::uint32_t uid_validity, Mails... mails) {
        Batch batch{.mails = {std::move(mails)...}, .checkpoint = {.uid_validity = uid_validity, .uid = 9}};
        co_return co_await box_.store(std::move(batch));
    }

    asio::awaitable<std::vector<mailbox::Wanted>> wanted(std::uint32_t uid_validity) {
        const Checkpoint here{.uid_validity = uid_validity, .uid = 9};
        co_return co_await box_.wanted(here);
    }

    RawMail fetched(std::uint32_t uid) const {
        auto mail = mail_of(uid, std::to_string(uid) + "@x");
        mail.arrived = arrived_;
        return mail;
    }

    // As the router leaves them, and then somebody asks for all.
    void ask_for_all() {
        desk.database.as_worker({account}, [&](Tx& tx) {
            const desk::inbound::Lane lane{.account = account, .from = 0, .backlog_from = 0, .rows = 10};
            for (const auto& row : desk::inbound::claim(tx, std::span(&lane, 1), 10)) {
                const desk::inbound::Failed failed{.row = row, .error = "It is too large."};
                desk::inbound::quarantine(tx, std::span(&failed, 1));
            }
            return true;
        });
        desk.database.as_app(account, [&](Tx& tx) {
            for (const auto& held : desk::inbound::list_quarantine(tx, account, {}, 10)) {
                EXPECT_EQ(desk::unfetched::ask(tx, account, held.id), desk::unfetched::Answer::asked);
            }
            return true;
        });
    }

    std::string held() { return ask("SELECT string_agg(error, ' ' ORDER BY error) FROM quarantine"); }

    std::string asked() { return ask("SELECT count(*) FROM unfetched_mail WHERE asked_at IS NOT NULL"); }

    Timestamp arrived_ = std::chrono::floor<std::chrono::seconds>(system_now()) - std::chrono::hours{1};
};

TEST_F(RefetchTest, WhatIsFetchedIsAMessageAndTheRestStaysWithItsReason) {
    run([&]() -> asio::awaitable<void> {
        const bool is_held = co_await store(5, troubled(7), troubled(8, 100));
        EXPECT_TRUE(is_held);
        ask_for_all();
        const auto asked_for = co_await wanted(5);
        EXPECT_EQ(asked_for.size(), 2U);
        EXPECT_EQ(asked_for.at(0).uid, 7U);
        EXPECT_EQ(asked_for.at(0).arrived, arrived_);
        co_await box_.make_room(limits::kMailboxBytesMax);
        const bool is_stored = co_await box_.settle(fetched(7));
        EXPECT_TRUE(is_stored);
        EXPECT_TRUE(net::BodyShare(core_.bytes).grow_to(limits::kMailboxBytesMax)) << "its room is others' again";
        auto still = troubled(8, 100);
        still.trouble = "It is too large still.";
        const bool is_other_stored = co_await box_.settle(still);
        EXPECT_FALSE(is_other_stored);
        EXPECT_EQ(held(), "It is too large still.");
        EXPECT_EQ(asked(), "0");
        const bool is_new_held = co_await store(6, troubled(7));
        EXPECT_TRUE(is_new_held);
    });
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"stored\"}"), 1);
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"quarantined\"}"), 3) << "another one like it";
    EXPECT_EQ(ask("SELECT payload::json ->> 'occurred_us' FROM inbound WHERE payload::json ->> 'subject' = '7@x'"),
              std::to_string(epoch_micros(arrived_) + 999'000));
    EXPECT_EQ(ask("SELECT payload::json ->> 'occurred_us' FROM inbound WHERE payload::json ->> 'subject' IS NULL "
                  "OR payload::json ->> 'subject' = ''"),
              std::to_string(epoch_micros(arrived_) + 999'000));
}

TEST_F(RefetchTest, CountsWhatItFetchedForItsMailbox) {
    run([&]() -> asio::awaitable<void> {
        const bool is_held = co_await store(5, troubled(7));
        EXPECT_TRUE(is_held);
        ask_for_all();
        const auto asked_for = co_await wanted(5);
        EXPECT_EQ(asked_for.size(), 1U);
        const bool is_stored = co_await box_.settle(fetched(7));
        EXPECT_TRUE(is_stored);
    });
    EXPECT_EQ(ask("SELECT stored FROM mailbox"), "1");
}

TEST_F(RefetchTest, WhatIsNumberedAnewIsNotFetchedUnderItsOldNumber) {
    run([&]() -> asio::awaitable<void> {
        const bool is_held = co_await store(5, troubled(7));
        EXPECT_TRUE(is_held);
        ask_for_all();
        const auto before = co_await wanted(5);
        EXPECT_EQ(before.size(), 1U);
        const auto asked_for = co_await wanted(6);
        EXPECT_TRUE(asked_for.empty());
        EXPECT_THAT(held(), HasSubstr("no longer in the mailbox"));
        EXPECT_EQ(asked(), "0");
        const bool is_other_held = co_await store(6, troubled(7, 100));
        EXPECT_TRUE(is_other_held);
        ask_for_all();
        co_await wanted(6);
        const bool is_stored = co_await box_.settle(fetched(7));
        EXPECT_TRUE(is_stored);
    });
    EXPECT_EQ(ask("SELECT string_agg(uid_validity::text, ' ') FROM unfetched_mail"), "5")
        << "the other one was fetched";
}

TEST_F(RefetchTest, WhatTheAccountMayNotHaveTodayWaits) {
    limit_messages_per_day(1);
    run([&]() -> asio::awaitable<void> {
        const bool is_held = co_await store(5, troubled(7));
        EXPECT_TRUE(is_held);
        const bool is_more_held = co_await store(6, troubled(8, 100));
        EXPECT_FALSE(is_more_held);
        EXPECT_THAT(box_.refusal(), HasSubstr("as many messages today"));
        ask_for_all();
        const auto asked_for = co_await wanted(5);
        EXPECT_EQ(asked_for.size(), 1U);
        const bool is_stored = co_await box_.settle(fetched(7));
        EXPECT_FALSE(is_stored);
    });
    EXPECT_EQ(kept(), (Checkpoint{.uid_validity = 5, .uid = 9}));
    EXPECT_THAT(held(), HasSubstr("as many messages today"));
    EXPECT_EQ(asked(), "0");
}

TEST_F(RefetchTest, WhatCannotEvenBeHeldIsRefusedAndHoldsUpNothing) {
    ask("ALTER TABLE inbound ADD CHECK (payload NOT LIKE '%too large%')");
    run([&]() -> asio::awaitable<void> {
        const bool is_stored = co_await store(5, troubled(7), mail_of(8, "a@x"));
        EXPECT_TRUE(is_stored);
    });
    EXPECT_EQ(kept().uid, 9U);
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"refused\"}"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
}

}  // namespace
}  // namespace lupaus::email::test
