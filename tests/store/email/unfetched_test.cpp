// Mails that could not be had: known under every numbering, asked for once, and ended by what came of that.
#include "services/desk/unfetched/store.hpp"

#include "services/desk/inbound/store.hpp"
#include "services/email/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/inbound_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::unfetched {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Timestamp kNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours{12}};
constexpr std::uint64_t kSize = 60'000'000;

Mail large(std::uint32_t uid) {
    return {.uid = uid, .size = kSize, .arrived = kNoon};
}

class Unfetched : public ::testing::Test {
protected:
    template <class Work>
    auto run(Work work) {
        return database_.as_worker({account_}, work);
    }

    Numbering numbering(std::uint32_t uid_validity, const std::string& source = "here") const {
        return {.account = account_, .channel = channel_, .source = source, .uid_validity = uid_validity};
    }

    std::set<std::uint32_t> recognise(const Numbering& where, const std::vector<Mail>& mails) {
        return run([&](Tx& tx) { return unfetched::recognise(tx, where, mails); });
    }

    // As the router leaves it.
    MessageId hold(const std::string& external_id, const std::string& raw = "") {
        auto message = support::make_inbound(account_, channel_, external_id);
        message.raw = raw;
        message.unreadable = "too large";
        return run([&](Tx& tx) {
            const auto receipts = inbound::accept(tx, std::span(&message, 1));
            const inbound::Lane lane{.account = account_, .from = 0, .backlog_from = 0, .rows = 1};
            for (const auto& row : inbound::claim(tx, std::span(&lane, 1), 10)) {
                const inbound::Failed failed{.row = row, .error = "too large"};
                inbound::quarantine(tx, std::span(&failed, 1));
            }
            return receipts.front().id;
        });
    }

    MessageId enter(const Numbering& where, const Mail& mail, const std::string& raw = "") {
        const Entry entry{.id = hold("mail " + std::to_string(++entered_), raw), .mail = mail};
        run([&](Tx& tx) {
            unfetched::enter(tx, where, std::span(&entry, 1));
            return true;
        });
        return entry.id;
    }

    Answer ask(MessageId id, AccountId who) {
        return database_.as_app(who, [&](Tx& tx) { return unfetched::ask(tx, who, id); });
    }

    std::vector<Asked> asked(const Numbering& where, int limit = 10) {
        return run([&](Tx& tx) { return list_asked(tx, where, limit); });
    }

    // Of another channel of the account.
    Numbering elsewhere() {
        auto where = numbering(1);
        where.channel = make_mailbox("b@shop.example");
        return where;
    }

    ChannelId make_mailbox(const std::string& address) {
        const channel::Email email{.address = address,
                                   .imap = channel::Mailbox{.server = {.host = "imap.shop.example", .port = 993}}};
        return support::make_channel(database_, account_, {.name = address, .email = email}).id;
    }

    std::vector<inbound::Quarantined> quarantined() {
        return database_.as_app(account_, [&](Tx& tx) { return inbound::list_quarantine(tx, account_, {}, 10); });
    }

    pqxx::result put(const std::string& statement) {
        pqxx::connection connection(database_.url("lupaus_owner"));
        return pqxx::nontransaction(connection).exec(statement);
    }

    support::TestDatabase database_{};
    AccountId account_ = support::make_account(database_);
    ChannelId channel_ = make_mailbox("a@shop.example");
    int entered_ = 0;
};

TEST_F(Unfetched, KnowsAMailUnderItsNumber) {
    EXPECT_THAT(recognise(numbering(1), {large(5)}), IsEmpty());
    enter(numbering(1), large(5));
    EXPECT_THAT(recognise(numbering(1), {large(5)}), UnorderedElementsAre(5));
    EXPECT_THAT(recognise(numbering(1), {large(6)}), IsEmpty()) << "another mail of this size and time";
    auto other = large(5);
    other.arrived = kNoon + std::chrono::seconds{1};
    EXPECT_THAT(recognise(numbering(1), {other}), IsEmpty()) << "the number was given anew";
    EXPECT_THAT(recognise(numbering(1), {other, large(6)}), IsEmpty()) << "and the time to another one";
    auto larger = large(5);
    ++larger.size;
    EXPECT_THAT(recognise(numbering(1), {larger, large(6)}), IsEmpty()) << "as with the size";
    other.arrived.reset();
    EXPECT_THAT(recognise(numbering(2), {other}), IsEmpty());
}

TEST_F(Unfetched, KnowsNothingOfAnotherChannel) {
    const auto where = elsewhere();
    ask(enter(numbering(1), large(5)), account_);
    EXPECT_THAT(recognise(where, {large(5)}), IsEmpty());
    EXPECT_THAT(asked(where), IsEmpty());
    EXPECT_EQ(asked(numbering(1)).size(), 1U) << "nor takes it away";
}

TEST_F(Unfetched, GivesNoPlaceToAMailOfAnotherSizeOrTime) {
    enter(numbering(1), large(5));
    enter(numbering(1), large(6));
    auto earlier = large(5), smaller = large(5);
    earlier.arrived = kNoon - std::chrono::seconds{1};
    --smaller.size;
    enter(numbering(1), earlier);
    enter(numbering(1), smaller);
    const auto numbered = [](Mail mail, std::uint32_t uid) {
        mail.uid = uid;
        return mail;
    };
    EXPECT_THAT(recognise(numbering(2), {numbered(earlier, 2), large(3), numbered(earlier, 4)}),
                UnorderedElementsAre(2, 3));
    EXPECT_THAT(recognise(numbering(3), {numbered(smaller, 2), large(3), numbered(smaller, 4)}),
                UnorderedElementsAre(2, 3));
}

TEST_F(Unfetched, GivesNoSecondPlaceToAMailThatHasOne) {
    enter(numbering(2), large(5));
    enter(numbering(1), large(6));
    EXPECT_THAT(recognise(numbering(2), {large(5), large(9)}), UnorderedElementsAre(5, 9));
}

TEST_F(Unfetched, GivesAsManyPlacesAsThereAreWhenNumberedAnew) {
    const auto first = enter(numbering(1), large(5));
    const auto second = enter(numbering(1), large(6));
    EXPECT_THAT(recognise(numbering(2), {large(2), large(5), large(9)}), UnorderedElementsAre(2, 5))
        << "the third is a new one, whichever that is";
    EXPECT_THAT(recognise(numbering(2), {large(5), large(2), large(9)}), UnorderedElementsAre(2, 5)) << "after a crash";
    EXPECT_THAT(recognise(numbering(2, "elsewhere"), {large(5)}), UnorderedElementsAre(5)) << "moved to another server";
    ask(first, account_);
    ask(second, account_);
    const auto found = asked(numbering(2));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_FALSE(found[0].is_current);
    EXPECT_TRUE(found[1].is_current);
    EXPECT_EQ(found[1].entry.id, second);
    EXPECT_EQ(found[1].entry.mail.uid, 5U);
    EXPECT_EQ(found[1].entry.mail.arrived, kNoon);
    EXPECT_FALSE(asked(numbering(3)).at(1).is_current);
}

TEST_F(Unfetched, KnowsThoseThatHaveNoTime) {
    auto timeless = large(5);
    timeless.arrived.reset();
    enter(numbering(1), timeless);
    EXPECT_THAT(recognise(numbering(1), {timeless}), UnorderedElementsAre(5));
    EXPECT_THAT(recognise(numbering(2), {large(5)}), IsEmpty());
    timeless.uid = 8;
    EXPECT_THAT(recognise(numbering(2), {timeless}), UnorderedElementsAre(8));
}

TEST_F(Unfetched, WhatHasBytesIsNoneOfThem) {
    const auto id = enter(numbering(1), large(5), "From: aino@example.com\r\n\r\n");
    EXPECT_EQ(ask(id, account_), Answer::unknown);
    EXPECT_THAT(recognise(numbering(2), {large(5)}), IsEmpty());
}

TEST_F(Unfetched, IsAskedForOnceAndByItsOwnersAlone) {
    const auto id = enter(numbering(1), large(5));
    EXPECT_THAT(asked(numbering(1)), IsEmpty());
    EXPECT_FALSE(quarantined()[0].asked_at);
    EXPECT_EQ(ask(id, support::make_account(database_, "Other")), Answer::unknown);
    EXPECT_THAT(asked(numbering(1)), IsEmpty());
    EXPECT_EQ(ask(id, account_), Answer::asked);
    const auto since = quarantined()[0].asked_at;
    EXPECT_TRUE(since);
    EXPECT_EQ(ask(id, account_), Answer::asked);
    EXPECT_EQ(quarantined()[0].asked_at, since);
    EXPECT_EQ(asked(numbering(1)).size(), 1U);
}

TEST_F(Unfetched, WhoAskedFirstComesFirst) {
    const auto one = enter(numbering(1), large(5));
    const auto other = enter(numbering(1), large(6));
    ask(other, account_);
    const auto held = quarantined();
    ASSERT_EQ(held.size(), 2U);
    EXPECT_EQ(held[0].asked_at, std::nullopt) << "of the other one";
    EXPECT_TRUE(held[1].asked_at);
    ask(one, account_);
    const auto found = asked(numbering(1), 1);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].entry.id, other);
}

TEST_F(Unfetched, AChannelWithoutAMailboxIsNotAsked) {
    const auto id = enter(numbering(1), large(5));
    ask(id, account_);
    put("UPDATE channel SET disabled_at = now()");
    EXPECT_EQ(ask(id, account_), Answer::unread);
    EXPECT_THAT(asked(numbering(1)), IsEmpty());
    put("UPDATE channel SET disabled_at = NULL");
    put("UPDATE email_channel SET imap_host = NULL, imap_port = NULL, imap_security = NULL");
    EXPECT_EQ(ask(id, account_), Answer::unread);
}

TEST_F(Unfetched, TheProcessThatReadsTheMailboxIsTold) {
    const auto owner = make_uuid_v7();
    const auto look = [&] {
        return run([&](Tx& tx) {
            return email::claim_mailboxes(tx, {.owner = owner, .lease = std::chrono::seconds{20}, .new_max = 2});
        });
    };
    const auto has_wanted = [&](ChannelId channel) {
        const auto owned = look();
        const auto is_it = [channel](const email::OwnedMailbox& one) { return one.key.id == channel; };
        return std::ranges::find_if(owned, is_it)->has_wanted;
    };
    const auto other = elsewhere().channel;
    const auto id = enter(numbering(1), large(5));
    EXPECT_FALSE(has_wanted(channel_));
    ask(id, account_);
    EXPECT_TRUE(has_wanted(channel_));
    EXPECT_FALSE(has_wanted(other));
}

TEST_F(Unfetched, ComesBackWithTheNewReason) {
    const auto id = enter(numbering(1), large(5));
    ask(id, account_);
    const auto before = quarantined()[0].quarantined_at;
    EXPECT_TRUE(run([&](Tx& tx) { return give_back(tx, account_, id, "cut"); }));
    EXPECT_EQ(quarantined()[0].error, "cut");
    EXPECT_GT(quarantined()[0].quarantined_at, before);
    EXPECT_FALSE(quarantined()[0].asked_at);
    EXPECT_THAT(asked(numbering(1)), IsEmpty());
    EXPECT_THAT(recognise(numbering(2), {large(1)}), UnorderedElementsAre(1)) << "it lies there still";
}

TEST_F(Unfetched, BecomesTheMessageThatItIs) {
    const auto id = enter(numbering(1), large(5));
    auto mail = support::make_inbound(account_, channel_, "what it is");
    const auto stored = run([&](Tx& tx) { return inbound::accept(tx, std::span(&mail, 1)).front().id; });
    auto same_key = support::make_inbound(account_, make_mailbox("b@shop.example"), "mail 1");
    const auto elsewhere = run([&](Tx& tx) { return inbound::accept(tx, std::span(&same_key, 1)).front().id; });
    ask(id, account_);
    EXPECT_TRUE(run([&](Tx& tx) { return replace(tx, account_, id, stored); }));
    EXPECT_FALSE(run([&](Tx& tx) { return replace(tx, account_, id, stored); }));
    EXPECT_FALSE(run([&](Tx& tx) { return give_back(tx, account_, id, "cut"); }));
    EXPECT_THAT(quarantined(), IsEmpty());
    EXPECT_THAT(asked(numbering(1)), IsEmpty());
    const auto fate = run([&](Tx& tx) { return inbound::find_receipt(tx, account_, channel_, "mail 1"); });
    ASSERT_TRUE(fate);
    EXPECT_EQ(fate->id, stored);
    EXPECT_EQ(put("SELECT FROM inbound_raw WHERE id = '" + to_string(id) + "'").size(), 0) << "no bytes are nobody's";
    const auto other = run([&](Tx& tx) { return inbound::find_receipt(tx, account_, same_key.channel, "mail 1"); });
    EXPECT_EQ(other.value().id, elsewhere) << "of another channel";
    EXPECT_EQ(hold("mail 1"), stored) << "read anew after a crash";
    const Entry again{.id = stored, .mail = large(5)};
    run([&](Tx& tx) {
        unfetched::enter(tx, numbering(1), std::span(&again, 1));
        return true;
    });
    EXPECT_THAT(recognise(numbering(2), {large(1)}), IsEmpty()) << "the next one like it is another mail";
}

}  // namespace
}  // namespace lupaus::desk::unfetched
