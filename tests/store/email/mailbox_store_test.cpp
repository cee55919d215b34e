// Mailboxes in the database: one owner each, a checkpoint that only the owner moves, and what the API says of them.
#include "services/email/store.hpp"

#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::email {
namespace {

using desk::channel::MailboxState;
using mailbox::Checkpoint;
using mailbox::Health;
using mailbox::State;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class MailboxStore : public ::testing::Test {
protected:
    desk::ChannelId make(const std::string& address, bool has_imap = true) {
        desk::channel::Email email{.address = address};
        if (has_imap) {
            email.imap = desk::channel::Mailbox{
                .server = {.host = "imap.shop.example", .port = 993, .user = "support", .has_password = true}};
        }
        return support::make_channel(database_, account_, {.name = address, .email = email}).id;
    }

    void put(desk::ChannelId channel, const std::string& assignment) {
        const auto id = to_string(channel);
        pqxx::connection connection(database_.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        work.exec("UPDATE " + assignment + " = '" + id + "'");
    }

    template <class Work>
    auto run(Work work) {
        return database_.worker().run_blocking(Scope::queues(), work);
    }

    std::vector<OwnedMailbox> claim(const Uuid& owner, int new_max = 10) {
        return run([&](Tx& tx) { return claim_mailboxes(tx, {.owner = owner, .lease = 20s, .new_max = new_max}); });
    }

    MailboxPlace place(desk::ChannelId channel, const Uuid& owner, const std::string& source = "here") const {
        return {.key = {.account = account_, .id = channel}, .owner = owner, .source = source};
    }

    bool move(const MailboxPlace& to, std::uint32_t validity, std::uint32_t uid, std::int64_t stored) {
        const CheckpointMove moved{.to = {.uid_validity = validity, .uid = uid}, .stored = stored};
        return run([&](Tx& tx) { return move_checkpoint(tx, to, moved); });
    }

    Checkpoint kept(const MailboxPlace& place) {
        return run([&](Tx& tx) { return find_checkpoint(tx, place); });
    }

    desk::channel::MailboxHealth health(desk::ChannelId channel) {
        return database_.as_app(account_,
                                [&](Tx& tx) { return desk::channel::find(tx, account_, channel).value().mailbox; });
    }

    support::TestDatabase database_{};
    desk::AccountId account_ = support::make_account(database_);
    Uuid one_ = make_uuid_v7();
    Uuid other_ = make_uuid_v7();
};

TEST_F(MailboxStore, EachHasOneOwner) {
    make("handed.over@shop.example", false);
    const auto first = make("a@shop.example");
    const auto second = make("b@shop.example");
    EXPECT_EQ(claim(one_, 1).size(), 1U);
    EXPECT_EQ(claim(other_).size(), 1U) << "what is left";
    EXPECT_EQ(claim(one_, 0).size(), 1U) << "what a process has it keeps where it may have no more";
    EXPECT_EQ(claim(one_, -1).size(), 1U);
    EXPECT_TRUE(run([&](Tx& tx) { return release_mailboxes(tx, other_); }));
    EXPECT_FALSE(run([&](Tx& tx) { return release_mailboxes(tx, other_); })) << "nothing is left to be given back";
    const auto both = claim(one_);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ((std::set{both[0].key.id, both[1].key.id}), (std::set{first, second}));
    EXPECT_THAT(claim(other_), IsEmpty());
}

TEST_F(MailboxStore, WhatAnotherProcessIsAboutToTakeIsNotWaitedFor) {
    make("a@shop.example");
    claim(one_, 0);
    pqxx::connection connection(database_.url("lupaus_owner"));
    pqxx::work other(connection);
    other.exec("SELECT FROM mailbox FOR UPDATE");
    EXPECT_THAT(claim(other_), IsEmpty());
    other.abort();
    EXPECT_EQ(claim(other_).size(), 1U);
}

TEST_F(MailboxStore, AnOwnerThatIsGoneLosesItsOwn) {
    const auto channel = make("a@shop.example");
    claim(one_);
    put(channel, "mailbox SET owned_until = clock_timestamp() - interval '1 second' WHERE channel_id");
    EXPECT_EQ(claim(other_).size(), 1U);
    EXPECT_THAT(claim(one_), IsEmpty());
    EXPECT_FALSE(move(place(channel, one_), 5, 7, 7));
    EXPECT_TRUE(move(place(channel, other_), 5, 7, 7));
}

TEST_F(MailboxStore, ALeaseIsRenewedBeforeItEnds) {
    const auto channel = make("a@shop.example");
    claim(one_);
    put(channel, "mailbox SET owned_until = clock_timestamp() + interval '1 second' WHERE channel_id");
    claim(one_);
    const auto left = database_.as_owner([&](Tx& tx) {
        const Query query{"left", "SELECT extract(epoch FROM owned_until - clock_timestamp())::int FROM mailbox"};
        return tx.exec(query).at(0, 0).as<int>();
    });
    EXPECT_GT(left, 15);
}

TEST_F(MailboxStore, WhatIsDisabledIsNobodys) {
    const auto channel = make("a@shop.example");
    const auto owned = claim(one_);
    put(channel, "channel SET disabled_at = now() WHERE id");
    EXPECT_THAT(claim(one_), IsEmpty());
    EXPECT_THAT(database_.as_worker({account_}, [&](Tx& tx) { return load_mailboxes(tx, owned); }), IsEmpty());
}

TEST_F(MailboxStore, AnOwnerGivesBackItsOwnAlone) {
    make("a@shop.example");
    make("b@shop.example");
    claim(one_, 1);
    claim(other_, 1);
    run([&](Tx& tx) { return release_mailboxes(tx, other_); });
    EXPECT_EQ(claim(make_uuid_v7()).size(), 1U);
}

TEST_F(MailboxStore, CountsWhatIsStoredUntilTheNumbersMeanOtherMails) {
    const auto channel = make("a@shop.example");
    claim(one_);
    const auto here = place(channel, one_);
    EXPECT_EQ(kept(here), Checkpoint{});
    ASSERT_TRUE(move(here, 5, 10, 9));
    ASSERT_TRUE(move(here, 5, 20, 10));
    EXPECT_EQ(kept(here), (Checkpoint{.uid_validity = 5, .uid = 20}));
    EXPECT_EQ(health(channel).stored, 19);
    EXPECT_EQ(kept(place(channel, one_, "another folder")), Checkpoint{});
    const auto count = [&](const MailboxPlace& who) {
        run([&](Tx& tx) {
            count_stored(tx, who);
            return true;
        });
    };
    count(here);
    count(place(channel, other_));
    EXPECT_EQ(health(channel).stored, 20) << "one that came later, by its owner's word";
    ASSERT_TRUE(move(here, 6, 30, 4));
    EXPECT_EQ(health(channel).stored, 4) << "numbered anew";
    ASSERT_TRUE(move(here, 6, 10, 3));
    EXPECT_EQ(health(channel).stored, 3) << "a backup came back";
    ASSERT_TRUE(move(place(channel, one_, "another folder"), 6, 11, 2));
    EXPECT_EQ(health(channel).stored, 2);
}

TEST_F(MailboxStore, SaysHowAMailboxFares) {
    const auto channel = make("a@shop.example");
    EXPECT_THAT(health(channel).reason, HasSubstr("No process"));
    claim(one_);
    const auto here = place(channel, one_);
    const auto at = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};
    const auto tell = [&](const MailboxPlace& who, const Health& health) {
        return run([&](Tx& tx) { return tell_health(tx, who, health); });
    };
    EXPECT_TRUE(tell(here, {.state = State::waiting, .last_good = at, .mails = 7}));
    EXPECT_TRUE(tell(here, {.state = State::failing, .reason = "The login was refused."}));
    EXPECT_FALSE(tell(place(channel, other_), {.state = State::waiting}));
    const auto told = health(channel);
    EXPECT_EQ(told.state, MailboxState::failing);
    EXPECT_EQ(told.reason, "The login was refused.");
    EXPECT_EQ(told.last_good_at, at);
    EXPECT_EQ(told.mails, 7) << "as last seen";
    run([&](Tx& tx) { return release_mailboxes(tx, one_); });
    EXPECT_EQ(health(channel).state, MailboxState::connecting);
    EXPECT_THAT(health(channel).reason, HasSubstr("No process"));
}

TEST_F(MailboxStore, HoldsWhatNobodyReads) {
    const auto read = make("a@shop.example");
    claim(one_);
    const auto unread = make("b@shop.example");
    run([](Tx& tx) {
        hold_mailboxes(tx, "held: a copy");
        return true;
    });
    EXPECT_EQ(health(read).state, MailboxState::connecting);
    EXPECT_EQ(health(unread).state, MailboxState::held);
    EXPECT_EQ(health(unread).reason, "held: a copy");
}

TEST_F(MailboxStore, LoadsSettingsAndLogin) {
    const auto channel = make("a@shop.example");
    put(channel,
        "email_channel SET imap_security = 1, fetch_mode = 2, imap_move_to = 'Done', imap_folder = 'Käsitellyt', "
        "oauth_token_url = 'https://login.example', oauth_client_id = 'desk', oauth_refresh_token = 'sealed' "
        "WHERE channel_id");
    const auto owned = claim(one_);
    const auto loaded = database_.as_worker({account_}, [&](Tx& tx) { return load_mailboxes(tx, owned); });
    ASSERT_EQ(loaded.size(), 1U);
    const auto& settings = loaded[0].settings;
    EXPECT_EQ(loaded[0].mailbox.key.id, channel);
    EXPECT_EQ(settings.server.host, "imap.shop.example");
    EXPECT_EQ(settings.server.security, imap::Security::starttls);
    EXPECT_EQ(settings.folder, "Käsitellyt");
    EXPECT_EQ(settings.disposition, mailbox::Disposition::move);
    EXPECT_EQ(settings.move_to, "Done");
    const auto login =
        database_.as_worker({account_}, [&](Tx& tx) { return find_mailbox_login(tx, {account_, channel}); });
    ASSERT_TRUE(login && login->oauth);
    EXPECT_EQ(login->user, "support");
    EXPECT_EQ(login->oauth->sealed_refresh_token, "sealed");
    put(channel, "email_channel SET oauth_refresh_token = NULL WHERE channel_id");
    EXPECT_FALSE(
        database_.as_worker({account_}, [&](Tx& tx) { return find_mailbox_login(tx, {account_, channel}); })->oauth);
}

}  // namespace
}  // namespace lupaus::email
