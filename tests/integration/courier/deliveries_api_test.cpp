#include "common/text/json.hpp"
#include "services/inbox/deliveries.hpp"
#include "tests/store/delivery/outbox_fixture.hpp"
#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

using desk::delivery::Reply;
using desk::delivery::State;

class DeliveriesApi : public testing::Test {
protected:
    // The operation as the gate would run it; `params` are those of the path, then of the query.
    Result<text::Json> call(Handle handle, std::vector<net::Parameter> params,
                            const text::Json& body = text::Json::object(), std::vector<net::Parameter> query = {}) {
        net::Request request;
        request.params = std::move(params);
        request.query = std::move(query);
        const auto answer = desk.database.as_app(who.account, [&](Tx& tx) {
            return handle(tx, {.desk = desk.context, .principal = who, .request = request, .body = body});
        });
        if (!answer) {
            return answer.error();
        }
        EXPECT_EQ(answer->status, 200);
        return text::parse_json(answer->body);
    }

    Result<text::Json> acknowledge(const Reply& reply, const text::Json& body = text::Json::object()) {
        return call(handle_acknowledge_delivery,
                    {{"id", to_string(channel)}, {"delivery_id", to_string(reply.delivery.id)}}, body);
    }

    Result<text::Json> get(const Reply& reply) {
        return call(handle_get_delivery, {{"id", to_string(reply.delivery.id)}});
    }

    Result<text::Json> retry(const Reply& reply) {
        return call(handle_retry_delivery, {{"id", to_string(reply.delivery.id)}});
    }

    support::TestDesk desk;
    desk::delivery::OutboxFixture outbox{desk.database};
    desk::token::Principal who =
        support::make_integrator_token(desk.database, outbox.account, {"channels:write"}).principal;
    desk::ChannelId channel = outbox.add_channel(std::nullopt);
};

TEST_F(DeliveriesApi, TheOutboxIsReadPageByPage) {
    std::vector<std::string> expected;
    for (int i = 0; i < 5; ++i) {
        expected.push_back(to_string(outbox.add_reply(channel).delivery.id));
    }
    std::vector<std::string> seen;
    std::vector<net::Parameter> query{{"limit", "2"}};
    for (;;) {
        const auto page = call(handle_list_outbox, {{"id", to_string(channel)}}, text::Json::object(), query).value();
        for (const auto& item : page.at("items")) {
            seen.push_back(item.at("id").get<std::string>());
            EXPECT_EQ(item.at("body").at("type"), "message");
            EXPECT_EQ(item.at("body").at("id"), item.at("message_id"));
        }
        if (page.at("next_cursor").is_null()) {
            break;
        }
        query = {{"limit", "2"}, {"cursor", page.at("next_cursor").get<std::string>()}};
    }
    EXPECT_EQ(seen, expected);
}

TEST_F(DeliveriesApi, AForeignOrUnknownChannelIsNotThere) {
    const auto stranger = support::make_account(desk.database);
    const auto theirs = support::make_channel(desk.database, stranger).id;
    for (const auto& id : {to_string(theirs), to_string(desk::ChannelId::make()), std::string("nonsense")}) {
        EXPECT_EQ(call(handle_list_outbox, {{"id", id}}).error().code, Errc::not_found) << id;
    }
}

TEST_F(DeliveriesApi, RefusesWhatIsNoCursor) {
    EXPECT_EQ(
        call(handle_list_outbox, {{"id", to_string(channel)}}, text::Json::object(), {{"cursor", "x"}}).error().code,
        Errc::invalid);
    EXPECT_EQ(
        call(handle_list_outbox, {{"id", to_string(channel)}}, text::Json::object(), {{"limit", "0"}}).error().code,
        Errc::invalid);
}

TEST_F(DeliveriesApi, AcknowledgingSaysThatItWasSent) {
    const auto reply = outbox.add_reply(channel);
    const auto sent = acknowledge(reply, {{"id", "wamid-77"}});
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->at("state"), "sent");
    EXPECT_EQ(sent->at("external_id"), "wamid-77");
    EXPECT_EQ(acknowledge(reply)->at("external_id"), "wamid-77") << "again: the same answer";
    EXPECT_TRUE(call(handle_list_outbox, {{"id", to_string(channel)}})->at("items").empty());
}

TEST_F(DeliveriesApi, AcknowledgingRefusesBadBodies) {
    const auto reply = outbox.add_reply(channel);
    for (const auto* body : {R"({"id":7})", R"({"id":""})", R"({"unknown":1})", R"([])"}) {
        EXPECT_EQ(acknowledge(reply, *text::parse_json(body)).error().code, Errc::invalid) << body;
    }
    EXPECT_EQ(acknowledge(reply, {{"id", std::string(513, 'x')}}).error().code, Errc::too_large);
    EXPECT_EQ(outbox.read(reply).state, State::queued);
}

TEST_F(DeliveriesApi, ADeliveryIsShownWithItsAttempts) {
    const auto reply = outbox.add_reply(outbox.add_channel("https://example.com/hook"));
    EXPECT_TRUE(get(reply)->at("attempts").empty());
    const auto job = outbox.claim().jobs.at(0);
    outbox.conclude(job.delivery,
                    {.state = State::queued, .wait = std::chrono::hours{1}, .error = "The receiver answered 503."},
                    503);
    const auto shown = get(reply).value();
    EXPECT_EQ(shown.at("state"), "queued");
    EXPECT_EQ(shown.at("attempt"), 1);
    EXPECT_FALSE(shown.at("due_at").is_null());
    ASSERT_EQ(shown.at("attempts").size(), 1U);
    EXPECT_EQ(shown.at("attempts")[0].at("status"), 503);
    EXPECT_EQ(shown.at("attempts")[0].at("error"), "The receiver answered 503.");
}

TEST_F(DeliveriesApi, OnlyAFailedOneIsRetried) {
    const auto reply = outbox.add_reply(outbox.add_channel("https://example.com/hook"));
    EXPECT_EQ(retry(reply).error().code, Errc::conflict);
    outbox.conclude(outbox.claim().jobs.at(0).delivery, {.state = State::failed, .error = "The receiver answered 410."},
                    410);
    EXPECT_EQ(retry(reply)->at("state"), "queued");
    EXPECT_EQ(outbox.claim().jobs.size(), 1U);
    EXPECT_EQ(call(handle_retry_delivery, {{"id", "nonsense"}}).error().code, Errc::not_found);
}

}  // namespace
}  // namespace lupaus::inbox
