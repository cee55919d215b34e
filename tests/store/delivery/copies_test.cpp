#include "services/desk/delivery/copies.hpp"

#include "common/base/limits.hpp"
#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::delivery {
namespace {

using namespace std::chrono_literals;

constexpr Query kGiveServers{
    "test_give_servers",
    "INSERT INTO email_channel (account_id, channel_id, address, smtp_host, smtp_port, smtp_security, imap_host, "
    "imap_port, imap_security, imap_user, imap_password, imap_sent_folder) "
    "VALUES ($1, $2, $2::uuid || '@shop.example', 'smtp', 25, 2, 'imap', 143, 2, 'shop', '\\x01', $3)"};
constexpr Query kForgetFolder{"test_forget_folder", "UPDATE email_channel SET imap_sent_folder = NULL"};
constexpr Query kCopies{"test_copies", "SELECT count(*) FROM sent_copy"};
constexpr Query kEndLeases{"test_end_leases",
                           "UPDATE sent_copy SET due_at = clock_timestamp() WHERE due_at IS NOT NULL"};
constexpr Query kAttach{"test_attach",
                        "INSERT INTO attachment (account_id, id, message_id, name, content_type, size_bytes, sha256, "
                        "position) VALUES ($1, gen_random_uuid(), $2, 'a.pdf', 'application/pdf', 1, $3, 1)"};
constexpr Query kWaits{"test_waits", "SELECT count(*) FROM sent_copy WHERE due_at IS NOT NULL"};

class Copies : public testing::Test {
protected:
    ChannelId add_channel(const std::optional<std::string>& folder = "Sent") {
        const auto channel = desk.add_channel(std::nullopt, channel::Kind::email);
        desk.run(kGiveServers, pqxx::params{to_string(desk.account), to_string(channel), folder});
        return channel;
    }

    Reply send(ChannelId channel, State state = State::sent) {
        auto reply = desk.add_reply(channel);
        for (auto& job : desk.claim().jobs) {
            const std::optional<std::string> id =
                state == State::sent ? std::optional("id@shop.example") : std::nullopt;
            desk.conclude(job.delivery, {.state = state, .wait = {}, .error = ""}, 250, id);
        }
        return reply;
    }

    std::vector<CopyJob> claim(std::vector<ChannelId> busy = {}) {
        const auto work = [&](Tx& tx) { return claim_copies(tx, {.limit = 10, .busy = busy, .lease = 1min}); };
        return database.worker().run_blocking(Scope::queues(), work);
    }

    void conclude(const CopyJob& job, bool is_there, std::optional<std::chrono::milliseconds> wait = {}) {
        database.as_worker({desk.account}, [&](Tx& tx) {
            conclude_copy(tx, {.account = desk.account,
                               .delivery = job.mail.delivery.id,
                               .attempt = job.attempt,
                               .is_there = is_there,
                               .wait = wait,
                               .error = is_there ? "" : "The server is away."});
            return true;
        });
    }

    std::optional<std::string> error_of(const Reply& reply) {
        return database.as_app(desk.account,
                               [&](Tx& tx) { return find_copy_error(tx, desk.account, reply.delivery.id); });
    }

    support::TestDatabase database;
    OutboxFixture desk{database};
};

TEST_F(Copies, AreNotWaitedForWhereAnotherProcessTakesThem) {
    send(add_channel());
    pqxx::connection connection(database.url("lupaus_owner"));
    pqxx::work other(connection);
    other.exec("SELECT FROM sent_copy FOR UPDATE");
    EXPECT_TRUE(claim().empty());
    other.abort();
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(Copies, BeginWithTheRelaysYesAndWithNothingElse) {
    send(add_channel());
    EXPECT_EQ(desk.ask(kCopies), "1");
    send(add_channel(), State::failed);
    send(add_channel(), State::uncertain);
    send(add_channel(std::nullopt));
    EXPECT_EQ(desk.ask(kCopies), "1");
}

TEST_F(Copies, NameTheMailAndTheFolder) {
    const auto reply = send(add_channel("Lähetetyt"));
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].mail.delivery.id, reply.delivery.id);
    EXPECT_EQ(jobs[0].mail.delivery.body, reply.delivery.body);
    EXPECT_EQ(jobs[0].mail.delivery.external_id, "id@shop.example");
    EXPECT_EQ(jobs[0].attempt, 1);
    EXPECT_EQ(jobs[0].folder, "Lähetetyt");
    EXPECT_EQ(jobs[0].server.host, "imap");
    EXPECT_EQ(jobs[0].server.user, "shop");
    EXPECT_TRUE(jobs[0].server.has_password);
    EXPECT_EQ(jobs[0].sealed_password, "\x01");
}

TEST_F(Copies, HaveTheFilesOfTheMail) {
    const auto reply = send(add_channel());
    desk.run(kAttach, pqxx::params{to_string(desk.account), to_string(reply.delivery.message), std::string(64, 'a')});
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 1U);
    ASSERT_EQ(jobs[0].mail.files.size(), 1U);
    EXPECT_EQ(jobs[0].mail.files[0].name, "a.pdf");
}

TEST_F(Copies, AreMadeOneAtATimeOfAChannelAndLeaveBusyOnesAlone) {
    const auto first = add_channel(), second = add_channel();
    send(first);
    send(first);
    send(second);
    EXPECT_EQ(claim({second}).size(), 1U);
    desk.run(kEndLeases);
    EXPECT_EQ(claim().size(), 2U);
}

TEST_F(Copies, OfALostProcessAreBegunAnew) {
    send(add_channel());
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_TRUE(claim().empty()) << "the lease stands";
    desk.run(kEndLeases);
    const auto again = claim();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempt, 2);
}

TEST_F(Copies, EndAndChangeNothingElse) {
    const auto reply = send(add_channel());
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 1U);
    conclude(jobs[0], true);
    EXPECT_EQ(desk.ask(kCopies), "0");
    EXPECT_FALSE(error_of(reply));
    EXPECT_EQ(desk.read(reply).state, State::sent);
}

TEST_F(Copies, ThatFailSayWhyAndAreGivenUpInTheEnd) {
    const auto reply = send(add_channel());
    conclude(claim().at(0), false, 1ms);
    EXPECT_EQ(error_of(reply), "The server is away.");
    desk.run(kEndLeases);
    conclude(claim().at(0), false);
    EXPECT_EQ(desk.ask(kWaits), "0");
    EXPECT_EQ(error_of(reply), "The server is away.");
    EXPECT_TRUE(claim().empty());
    const auto delivery = desk.read(reply);
    EXPECT_EQ(delivery.state, State::sent);
    EXPECT_FALSE(delivery.error);
    EXPECT_EQ(delivery.attempt, 1);
}

TEST_F(Copies, HearOnlyTheirNewestAttempt) {
    send(add_channel());
    const auto lost = claim().at(0);
    desk.run(kEndLeases);
    EXPECT_EQ(claim().size(), 1U);
    conclude(lost, true);
    EXPECT_EQ(desk.ask(kCopies), "1");
    conclude(lost, false);
    EXPECT_EQ(desk.ask(kWaits), "1") << "nor is it given up for an attempt that was lost";
}

TEST_F(Copies, AreMadeInTheOrderInWhichTheyAreDue) {
    const auto channel = add_channel();
    const auto first = send(channel), second = send(channel);
    const auto next = [&] {
        const auto job = claim().at(0);
        conclude(job, true);
        return job.mail.delivery.id;
    };
    EXPECT_EQ(next(), first.delivery.id);
    EXPECT_EQ(next(), second.delivery.id);
}

TEST_F(Copies, ThatNobodyWantsAnyMoreAreDropped) {
    send(add_channel());
    desk.run(kForgetFolder);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(desk.ask(kCopies), "0");
}

TEST_F(Copies, PauseLongerEachTimeAndNotForEver) {
    const Schedule schedule{.first = 10s, .longest = 10min, .give_up_after = {}};
    EXPECT_EQ(pause_of_copy(1, schedule), 40s);
    EXPECT_EQ(pause_of_copy(2, schedule), 160s);
    EXPECT_EQ(pause_of_copy(4, schedule), 10min);
    EXPECT_EQ(pause_of_copy(limits::kSentCopyAttemptsMax, schedule), std::nullopt);
}

}  // namespace
}  // namespace lupaus::desk::delivery
