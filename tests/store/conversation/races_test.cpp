// Two transactions at once. Nothing here sleeps: the tests wait for PostgreSQL to say that somebody waits for a lock.
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <functional>
#include <future>
#include <random>

namespace lupaus::inbox {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Races : public ConversationTest {
protected:
    // Until one of this database's transactions waits for a lock, or it is too late for that. The view of locks, unlike
    // that of activity, shows everybody's.
    static void await_blocked(pqxx::nontransaction& watcher, const std::future<Result<Answer>>& answer) {
        const auto* question =
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()";
        while (answer.wait_for(0s) != std::future_status::ready && watcher.exec(question).at(0, 0).as<int>() == 0) {
        }
    }

    // The reply waits for the promise's row, which is let go at `until` by the database's own clock.
    Result<Answer> reply_past_a_lock(const Opened& opened, const std::string& until) {
        pqxx::connection holder_connection(desk_.database.url("lupaus_owner"));
        pqxx::connection watcher_connection(desk_.database.url("lupaus_owner"));
        pqxx::nontransaction watcher(watcher_connection);
        pqxx::work holder(holder_connection);
        holder.exec("SELECT 1 FROM promise FOR UPDATE");
        const auto reply = [&] { return call(handle_post_message, as_maija_, opened.str(), R"({"text": "Ready."})"); };
        auto answer = std::async(std::launch::async, reply);
        await_blocked(watcher, answer);
        holder.exec("SELECT pg_sleep(greatest(0, extract(epoch FROM (SELECT " + until +
                    " FROM promise) - clock_timestamp())))");
        holder.commit();
        return answer.get();
    }
};

TEST_F(Races, AReplyThatBecameLateWhileItWaitedIsLate) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.ago = 60s - 300ms});
    const auto answer = reply_past_a_lock(opened, "due_at + interval '10 ms'");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(outcome_of(opened.promise), "late");
}

TEST_F(Races, AReplyThatWaitedAndIsStillInTimeIsKept) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.ago = 30s});
    const auto answer = reply_past_a_lock(opened, "clock_timestamp()");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(outcome_of(opened.promise), "kept");
}

TEST_F(Races, OfTwoParallelClaimsOneWins) {
    for (int round = 0; round < 10; ++round) {
        const auto opened = open();
        const auto claim = [&](const Principal& who) { return call(handle_claim, who, opened.str()); };
        auto one = std::async(std::launch::async, claim, as_maija_);
        const auto other = claim(as_pekka_);
        const auto first = one.get();
        ASSERT_NE(first.has_value(), other.has_value());
        const auto& loser = first.has_value() ? other : first;
        EXPECT_EQ(loser.error().code, Errc::conflict);
    }
    EXPECT_EQ(load_of(maija_) + load_of(pekka_), 10);
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Races, OfTwoParallelRepliesOneSettles) {
    for (int round = 0; round < 10; ++round) {
        const auto opened = open();
        const auto reply = [&](const Principal& who) {
            return call(handle_post_message, who, opened.str(), R"({"text": "Ready."})");
        };
        auto one = std::async(std::launch::async, reply, as_maija_);
        const auto other = reply(as_pekka_);
        EXPECT_TRUE(one.get().has_value());
        EXPECT_TRUE(other.has_value());
        EXPECT_EQ(look_one({"test_settlers", "SELECT count(*) FROM message WHERE settled_id = $1"},
                           pqxx::params{to_string(opened.promise)}),
                  "1");
    }
    EXPECT_THAT(recount(), IsEmpty());
}

// One agent after another does whatever comes to mind; the seeds replay.
class RandomHand {
public:
    RandomHand(unsigned seed, std::vector<Principal> agents, std::vector<Opened> conversations)
        : random_(seed), agents_(std::move(agents)), conversations_(std::move(conversations)) {}

    struct Deed {
        Handle handle;
        Principal who;
        std::string id;
        std::string body;
    };

    Deed next(const std::string& team, const std::string& soon) {
        const auto& who = agents_[pick(agents_.size())];
        const auto& whom = agents_[pick(agents_.size())];
        const std::vector<std::pair<Handle, std::string>> deeds{
            {handle_claim, "{}"},
            {handle_assign, R"({"agent_id": ")" + to_string(whom.agent) + "\"}"},
            {handle_assign, R"({"agent_id": null})"},
            {handle_transfer, R"({"team_id": ")" + team + "\"}"},
            {handle_snooze, R"({"until": ")" + soon + "\"}"},
            {handle_pending, "{}"},
            {handle_resolve, "{}"},
            {handle_reopen, "{}"},
            {handle_answered, R"({"how": "phone"})"},
            {handle_waive, R"({"reason": "other"})"},
            {handle_post_message, R"({"text": "Ready."})"},
            {handle_post_message, R"({"text": "A note.", "kind": "note"})"},
        };
        const auto& [handle, body] = deeds[pick(deeds.size())];
        return {.handle = handle, .who = who, .id = conversations_[pick(conversations_.size())].str(), .body = body};
    }

private:
    std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

    std::mt19937 random_;
    std::vector<Principal> agents_;
    std::vector<Opened> conversations_;
};

TEST_F(Races, WhateverAgentsDoAtOnceTheirLoadIsWhatTheyHave) {
    std::vector<Opened> conversations;
    for (int weight = 1; weight <= 5; ++weight) {
        conversations.push_back(open({.weight = weight}));
    }
    const auto soon = to_rfc3339(now() + 1h);
    const auto work = [&](unsigned seed) {
        RandomHand hand(seed, {as_maija_, as_pekka_, as_lead_}, conversations);
        int done = 0;
        for (int turn = 0; turn < 120; ++turn) {
            const auto deed = hand.next(to_string(turn % 2 == 0 ? team_ : sales_), soon);
            const auto answer = call(deed.handle, deed.who, deed.id, deed.body);
            done += answer.has_value() ? 1 : 0;
            EXPECT_TRUE(answer.has_value() || answer.error().code == Errc::conflict ||
                        answer.error().code == Errc::forbidden);
        }
        return done;
    };
    std::vector<std::future<int>> hands;
    for (const unsigned seed : {1U, 2U, 3U}) {
        hands.push_back(std::async(std::launch::async, work, seed));
    }
    for (auto& hand : hands) {
        EXPECT_GT(hand.get(), 50);
    }
    EXPECT_THAT(recount(), IsEmpty());
    EXPECT_EQ(look_one({"test_gaps", "SELECT count(*) - max(seq) FROM event"}), "0")
        << "events are numbered without gaps";
    EXPECT_EQ(
        look_one({"test_versions",
                  "SELECT count(*) FROM conversation c WHERE (SELECT max((e.data->'conversation'->>'version')::int) "
                  "FROM event e WHERE e.conversation_id = c.id) <> c.version"}),
        "0")
        << "the newest event shows the conversation as it is";
    EXPECT_EQ(look_one({"test_timers",
                        "SELECT count(*) FROM timer t FULL JOIN (SELECT id FROM conversation WHERE state = 2) c "
                        "ON t.subject_id = c.id WHERE t.kind = 0 AND c.id IS NULL OR t.subject_id IS NULL"}),
              "0")
        << "a timer for each that sleeps, and no other";
}

}  // namespace
}  // namespace lupaus::inbox
