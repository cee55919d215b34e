// What is to be fetched: claimed across accounts and leased, concluded by its newest attempt alone, asked for again by
// people.
#include "services/desk/fetch/store.hpp"

#include "services/desk/message/store.hpp"
#include "services/inbox/attachment.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;
using desk::AttachmentId;
using desk::fetch::Conclusion;
using desk::fetch::Ended;
using desk::fetch::Job;
using desk::message::AttachmentState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Query kExpire{"test_expire", "UPDATE attachment_fetch SET due_at = now(), leased_until = now()"};
constexpr Query kQueued{"test_queued", "SELECT count(*) FROM attachment_fetch"};
constexpr Query kRemove{"test_remove", "DELETE FROM attachment WHERE id = $1"};

class FetchTest : public ConversationTest {
protected:
    // A message with a file elsewhere, as the router stores it.
    AttachmentId named(ConversationId conversation, const std::string& url = "https://cdn.example/a?signature=s") {
        const auto id = AttachmentId::make();
        const auto work = [&](Tx& tx) {
            desk::message::Message message;
            message.account = account_;
            message.id = MessageId::make();
            message.conversation = conversation;
            message.ordered_at = desk::database_now(tx);
            message.created_at = message.ordered_at;
            message.attachments.push_back({.id = id,
                                           .message = message.id,
                                           .name = "a",
                                           .content_type = "application/octet-stream",
                                           .sha256 = {},
                                           .state = AttachmentState::fetching,
                                           .url = url});
            desk::message::insert(tx, std::span(&message, 1));
            return desk::fetch::enqueue(tx, std::span(&message, 1));
        };
        EXPECT_EQ(desk_.database.as_worker({account_}, work), 1u);
        return id;
    }

    desk::fetch::Claim claim(int limit = 10, int per_account = 4,
                             std::span<const desk::fetch::InFlight> in_flight = {}) {
        const auto work = [&](Tx& tx) {
            return desk::fetch::claim(
                tx, {.limit = limit, .per_account = per_account, .in_flight = in_flight, .lease = 1min});
        };
        return desk_.database.worker().run_blocking(Scope::queues(), work);
    }

    Ended conclude(const Conclusion& end) {
        return desk_.database.as_worker({account_}, [&](Tx& tx) { return desk::fetch::conclude(tx, end); });
    }

    static Conclusion arrived(const Job& job) {
        return {.account = job.account,
                .attachment = job.attachment,
                .attempt = job.attempt,
                .file = Conclusion::File{.sha256 = std::string(64, 'a'), .size_bytes = 7, .content_type = "image/png"}};
    }

    static Conclusion refused(const Job& job, std::optional<std::chrono::milliseconds> wait) {
        return {.account = job.account,
                .attachment = job.attachment,
                .attempt = job.attempt,
                .wait = wait,
                .error = "Why."};
    }

    desk::message::Attachment read(ConversationId conversation) {
        const desk::message::Page page{
            .account = account_, .conversation = conversation, .after = {}, .before = {}, .limit = 10};
        const auto messages = desk_.database.as_owner([&](Tx& tx) { return desk::message::page(tx, page); });
        return messages.back().attachments.at(0);
    }

    Opened opened_ = open();
};

TEST_F(FetchTest, IsClaimedOnceAndAgainWhenItsLeaseIsOver) {
    const auto id = named(opened_.id);
    const auto first = claim();
    ASSERT_THAT(first.jobs, SizeIs(1));
    EXPECT_EQ(first.jobs[0].attachment, id);
    EXPECT_EQ(first.jobs[0].url, "https://cdn.example/a?signature=s");
    EXPECT_EQ(first.jobs[0].attempt, 1);
    ASSERT_TRUE(first.until_next);
    EXPECT_GT(*first.until_next, 30s);
    EXPECT_THAT(claim().jobs, IsEmpty());
    look(kExpire);
    const auto second = claim();
    ASSERT_THAT(second.jobs, SizeIs(1));
    EXPECT_EQ(second.jobs[0].attempt, 2);
    EXPECT_EQ(conclude(arrived(first.jobs[0])), Ended::outdated) << "somebody else is at it";
    EXPECT_EQ(read(opened_.id).state, AttachmentState::fetching);
    EXPECT_EQ(conclude(arrived(second.jobs[0])), Ended::ready);
    EXPECT_EQ(look_one(kQueued), "0");
}

TEST_F(FetchTest, LeavesRoomForOtherAccounts) {
    for (int i = 0; i < 3; ++i) {
        named(opened_.id);
    }
    const desk::fetch::InFlight one{.account = account_, .count = 1};
    EXPECT_THAT(claim(10, 2, std::span(&one, 1)).jobs, SizeIs(1));
    const desk::fetch::InFlight full{.account = account_, .count = 2};
    EXPECT_THAT(claim(10, 2, std::span(&full, 1)).jobs, IsEmpty());
    const auto cut = claim(1, 4);
    EXPECT_THAT(cut.jobs, SizeIs(1));
    EXPECT_TRUE(cut.is_cut);
}

TEST_F(FetchTest, TellsWhatArrived) {
    named(opened_.id);
    const auto version = load(opened_.id).version;
    EXPECT_EQ(conclude(arrived(claim().jobs.at(0))), Ended::ready);
    const auto attachment = read(opened_.id);
    EXPECT_EQ(attachment.state, AttachmentState::ready);
    EXPECT_EQ(attachment.sha256, std::string(64, 'a'));
    EXPECT_EQ(attachment.content_type, "image/png");
    EXPECT_THAT(event_types(), ElementsAre("attachment.ready"));
    const auto data = event_data("attachment.ready");
    EXPECT_EQ(data["attachment"]["size_bytes"], 7);
    EXPECT_EQ(data["conversation"]["id"], opened_.str());
    EXPECT_EQ(load(opened_.id).version, version);
}

TEST_F(FetchTest, GoesOnAfterTroubleThatMayPass) {
    named(opened_.id);
    EXPECT_EQ(conclude(refused(claim().jobs.at(0), 1h)), Ended::again);
    EXPECT_EQ(read(opened_.id).state, AttachmentState::fetching);
    EXPECT_EQ(read(opened_.id).error, "Why.");
    EXPECT_THAT(event_types(), IsEmpty());
    const auto waiting = claim();
    EXPECT_THAT(waiting.jobs, IsEmpty());
    EXPECT_GT(waiting.until_next.value(), 50min);
}

TEST_F(FetchTest, ThatHasFailedIsTriedAgainInANewRound) {
    const auto id = named(opened_.id);
    EXPECT_EQ(conclude(refused(claim().jobs.at(0), 0ms)), Ended::again);
    EXPECT_EQ(conclude(refused(claim().jobs.at(0), std::nullopt)), Ended::failed);
    EXPECT_THAT(claim().jobs, IsEmpty());
    EXPECT_THAT(event_types(), ElementsAre("attachment.failed"));
    const auto answer = call(handle_retry_attachment, as_maija_, to_string(id));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 202);
    EXPECT_THAT(answer->body, HasSubstr(R"("state":"fetching","error":null)"));
    EXPECT_THAT(event_types(), ElementsAre("attachment.failed", "attachment.retried"));
    const auto again = claim();
    ASSERT_THAT(again.jobs, SizeIs(1));
    EXPECT_EQ(again.jobs[0].attempt, 3);
    EXPECT_EQ(again.jobs[0].number, 1);
}

TEST_F(FetchTest, ThatWaitsIsHastenedAndNothingElse) {
    const auto id = named(opened_.id);
    const auto job = claim().jobs.at(0);
    EXPECT_TRUE(call(handle_retry_attachment, as_maija_, to_string(id))) << "it is under way";
    EXPECT_THAT(claim().jobs, IsEmpty());
    EXPECT_EQ(conclude(refused(job, 1h)), Ended::again);
    EXPECT_TRUE(call(handle_retry_attachment, as_maija_, to_string(id)));
    EXPECT_THAT(event_types(), IsEmpty());
    EXPECT_EQ(conclude(arrived(claim().jobs.at(0))), Ended::ready);
    EXPECT_EQ(call(handle_retry_attachment, as_maija_, to_string(id)).error().code, Errc::conflict);
}

TEST_F(FetchTest, OfAFileThatIsGoneEndsWithIt) {
    const auto id = named(opened_.id);
    const auto job = claim().jobs.at(0);
    look(kRemove, pqxx::params{to_string(id)});
    EXPECT_EQ(conclude(arrived(job)), Ended::outdated);
    EXPECT_EQ(look_one(kQueued), "0");
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(FetchTest, ThatWasCutShortIsGivenBack) {
    named(opened_.id);
    const auto give_back = [this](const std::vector<Job>& jobs) {
        const auto work = [&jobs](Tx& tx) {
            desk::fetch::give_back(tx, jobs);
            return true;
        };
        desk_.database.worker().run_blocking(Scope::queues(), work);
    };
    const auto cut = claim().jobs;
    give_back(cut);
    const auto again = claim().jobs;
    ASSERT_THAT(again, SizeIs(1));
    give_back(cut);
    EXPECT_THAT(claim().jobs, IsEmpty()) << "it is somebody else's now";
    EXPECT_EQ(conclude(refused(again[0], std::nullopt)), Ended::failed);
    give_back(again);
    EXPECT_THAT(claim().jobs, IsEmpty()) << "what has ended meanwhile stays so";
}

}  // namespace
}  // namespace lupaus::inbox
