// The handlers by which integrators and leads see what became of what they sent, called as the gate calls them.

#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/inbox/rejections.hpp"
#include "tests/store/inbound/intake_fixture.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using desk::inbound::Inbound;
using desk::inbound::Rejection;
using desk::inbound::RejectionReason;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::string_view kGood = R"({"id":"ext-9","sender":{"id":"u1"},"text":"Hei!"})";

class RejectionsApi : public desk::inbound::IntakeFixture {
protected:
    Result<Answer> call(Handle handle, std::vector<net::Parameter> params, std::vector<net::Parameter> query = {}) {
        return call_as(account, handle, std::move(params), std::move(query));
    }

    Result<Answer> call_as(desk::AccountId caller, Handle handle, std::vector<net::Parameter> params,
                           std::vector<net::Parameter> query = {}) {
        desk::token::Principal principal;
        principal.account = caller;
        net::Request request;
        request.params = std::move(params);
        request.query = std::move(query);
        const auto body = json::object();
        const Call made{.desk = desk.context, .principal = principal, .request = request, .body = body};
        return desk.database.as_app(caller, [&](Tx& tx) { return handle(tx, made); });
    }

    net::Parameter id() const { return {"id", to_string(channel.id)}; }

    Rejection reject(std::string_view body, RejectionReason reason = RejectionReason::refused) {
        const Rejection rejection{.account = account,
                                  .channel = channel.id,
                                  .reason = reason,
                                  .external_id = "ext-9",
                                  .detail = "/text is required.",
                                  .body = std::string(body)};
        desk.database.as_worker({}, [&](Tx& tx) {
            desk::inbound::reject(tx, std::span(&rejection, 1));
            return true;
        });
        return rejection;
    }

    void accept(const Inbound& message) {
        desk.database.as_worker({}, [&](Tx& tx) { return desk::inbound::accept(tx, std::span(&message, 1)); });
    }

    Result<Answer> replay(const Rejection& rejection) {
        return call(handle_replay_rejection, {id(), {"rejection_id", to_string(rejection.id)}});
    }
};

TEST_F(RejectionsApi, SaysWhatBecameOfAMessage) {
    const auto message = make("order 7/ä");
    accept(message);
    const auto answer = call(handle_find_inbound, {id(), {"external_id", "order 7/ä"}});
    ASSERT_TRUE(answer);
    const auto body = json::parse(answer->body);
    EXPECT_EQ(body["state"], "queued");
    EXPECT_EQ(body["inbound_id"], to_string(message.id));
    EXPECT_TRUE(body["message_id"].is_null());
    EXPECT_EQ(body["conflicts"], 0);
    EXPECT_EQ(call(handle_find_inbound, {id(), {"external_id", "never"}}).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_find_inbound, {{"id", "x"}, {"external_id", "e"}}).error().code, Errc::not_found);
    const auto other = support::make_account(desk.database, "Other");
    EXPECT_EQ(call_as(other, handle_find_inbound, {id(), {"external_id", "order 7/ä"}}).error().code, Errc::not_found);
}

TEST_F(RejectionsApi, ListsRefusedBodiesPageByPage) {
    for (int i = 0; i < 3; ++i) {
        reject("body " + std::to_string(i));
    }
    const auto first = call(handle_list_rejections, {id()}, {{"limit", "2"}});
    ASSERT_TRUE(first) << first.error().detail;
    const auto page = json::parse(first->body);
    ASSERT_EQ(page["items"].size(), 2U);
    EXPECT_EQ(page["items"][0]["body"], "body 2");
    EXPECT_EQ(page["items"][0]["reason"], "refused");
    const auto second =
        call(handle_list_rejections, {id()}, {{"limit", "2"}, {"cursor", page["next_cursor"].get<std::string>()}});
    ASSERT_TRUE(second);
    const auto rest = json::parse(second->body);
    ASSERT_EQ(rest["items"].size(), 1U);
    EXPECT_EQ(rest["items"][0]["body"], "body 0");
    EXPECT_TRUE(rest["next_cursor"].is_null());
    const auto other = support::make_account(desk.database, "Other");
    EXPECT_EQ(call_as(other, handle_list_rejections, {id()}).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_list_rejections, {id()}, {{"cursor", "nonsense"}}).error().code, Errc::invalid);
}

TEST_F(RejectionsApi, ReplaysABodyThatIsUnderstoodNow) {
    const auto rejection = reject(kGood);
    const auto bell = desk.wakeups.subscribe(desk::Topic::queue);
    const auto answer = replay(rejection);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 202);
    EXPECT_EQ(json::parse(answer->body)["status"], "accepted");
    EXPECT_EQ(ask("SELECT convert_from(bytes, 'UTF8') FROM inbound_raw"), kGood);
    EXPECT_TRUE(rejections()[0].replayed_at);
    const auto again = replay(rejection);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 200);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
}

TEST_F(RejectionsApi, SaysWhyABodyIsRefusedStill) {
    const auto rejection = reject(R"({"id":"ext-9","sender":{"id":"u1"}})");
    const auto answer = replay(rejection);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::conflict);
    EXPECT_THAT(answer.error().detail, HasSubstr("/text"));
    EXPECT_FALSE(rejections()[0].replayed_at);
}

TEST_F(RejectionsApi, AReplayedConflictBecomesAMessageOfItsOwn) {
    accept(make("ext-9"));
    const auto rejection = reject(kGood, RejectionReason::conflict);
    EXPECT_EQ(replay(rejection)->status, 202);
    EXPECT_EQ(replay(rejection)->status, 200);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "2");
    EXPECT_EQ(ask("SELECT count(*) FROM rejection"), "1");
}

TEST_F(RejectionsApi, ReplayStoresAttachments) {
    const auto rejection =
        reject(R"({"id":"ext-9","sender":{"id":"u1"},"attachments":[{"name":"a","content":"SGVpIQ=="}]})");
    EXPECT_EQ(replay(rejection)->status, 202);
    const auto payload = ask("SELECT payload FROM inbound");
    const auto message = desk::inbound::decode(std::string_view(payload)).value();
    EXPECT_EQ(desk.blobs.read(message.attachments.at(0).sha256).value(), "Hei!");
}

TEST_F(RejectionsApi, WhatIsHistoryWaitsBehindWhatIsNewAlsoWhenReplayed) {
    replay(reject(R"({"id":"ext-8","sender":{"id":"u1"},"text":"Hei!","occurred_at":"2019-01-01T00:00:00Z"})"));
    replay(reject(kGood));
    EXPECT_EQ(ask("SELECT string_agg(backlog::text, ' ' ORDER BY seq) FROM inbound"), "true false");
}

TEST_F(RejectionsApi, AnotherAccountsRejectionIsNotThere) {
    const auto rejection = reject(kGood);
    const auto other = support::make_account(desk.database, "Other");
    const auto answer = call_as(other, handle_replay_rejection, {id(), {"rejection_id", to_string(rejection.id)}});
    EXPECT_EQ(answer.error().code, Errc::not_found);
}

TEST_F(RejectionsApi, ShowsQuarantineAndRetries) {
    accept(make("ext-1"));
    const desk::inbound::Lane lane{.account = account, .from = 0, .rows = 1};
    desk.database.as_worker({account}, [&](Tx& tx) {
        const auto rows = desk::inbound::claim(tx, std::span(&lane, 1), 10);
        const desk::inbound::Failed failed{.row = rows.at(0), .error = "no such thing"};
        desk::inbound::quarantine(tx, std::span(&failed, 1));
        return true;
    });
    const auto listed = call(handle_list_quarantine, {});
    ASSERT_TRUE(listed);
    const auto item = json::parse(listed->body)["items"].at(0);
    EXPECT_EQ(item["kind"], "message");
    EXPECT_EQ(item["external_id"], "ext-1");
    EXPECT_EQ(item["sender_id"], "u1");
    EXPECT_EQ(item["error"], "no such thing");
    const net::Parameter quarantined{"id", item["id"].get<std::string>()};
    EXPECT_EQ(call(handle_retry_quarantined, {quarantined})->status, 202);
    EXPECT_EQ(call(handle_retry_quarantined, {quarantined}).error().code, Errc::not_found);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
    EXPECT_TRUE(json::parse(call(handle_list_quarantine, {})->body)["items"].empty());
}

}  // namespace
}  // namespace lupaus::inbox
