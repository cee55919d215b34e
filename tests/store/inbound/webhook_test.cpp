// The webhook as an integrator meets it, without a socket: request in, response out, and what the database then holds.

#include "services/chat/webhook.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/encoding.hpp"
#include "common/crypto/webhook_signature.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/store.hpp"
#include "tests/store/inbound/intake_fixture.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace lupaus::chat {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSmallest = R"({"id":"ext-1","sender":{"id":"u1","name":"Aino"},"text":"Hei!"})";

class WebhookTest : public desk::inbound::IntakeFixture {
protected:
    net::Request make_request(std::string body, const std::string& secret, std::chrono::seconds age = {}) const {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(system_now() - age).time_since_epoch().count();
        const auto bytes = crypto::parse_webhook_secret(secret).value();
        net::Request request;
        request.method = net::Method::post;
        request.params = {{"channel_id", to_string(channel.id)}};
        request.request_id = "req-1";
        request.headers.add("webhook-id", "msg_1");
        request.headers.add("webhook-timestamp", std::to_string(seconds));
        request.headers.add("webhook-signature", crypto::sign_webhook(bytes, "msg_1", seconds, body));
        request.body = std::move(body);
        return request;
    }

    asio::awaitable<net::Response> post(net::Request request) {
        const auto handler = webhook.handler();
        co_return co_await handler(std::move(request));
    }

    net::Response answer(net::Request request) {
        net::Response response;
        run([&]() -> asio::awaitable<void> { response = co_await post(std::move(request)); });
        return response;
    }

    net::Response answer(std::string body) { return answer(make_request(std::move(body), channel.secret)); }

    desk::door::Doors doors{desk.context, desk.io.get_executor()};
    Webhook webhook{desk.context, intake, doors};
};

TEST_F(WebhookTest, AcceptsASignedMessageAndKnowsItAgain) {
    run([&]() -> asio::awaitable<void> {
        auto request = make_request(std::string(kSmallest), channel.secret);
        const auto first = co_await post(request);
        EXPECT_EQ(first.status, 202);
        const auto body = json::parse(first.body);
        EXPECT_EQ(body["status"], "accepted");
        const auto again = co_await post(std::move(request));
        EXPECT_EQ(again.status, 200);
        EXPECT_EQ(json::parse(again.body),
                  (json{{"status", "duplicate"}, {"conflict", false}, {"inbound_id", body["inbound_id"]}}));
        auto other = make_request(R"({"id":"ext-1","sender":{"id":"u1"},"text":"Moi!"})", channel.secret);
        const auto conflict = co_await post(std::move(other));
        EXPECT_EQ(conflict.status, 200);
        EXPECT_EQ(json::parse(conflict.body)["conflict"], true);
    });
    EXPECT_EQ(ask("SELECT convert_from(bytes, 'UTF8') FROM inbound_raw"), kSmallest);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
}

TEST_F(WebhookTest, TakesBothSecretsWhileTheyRotate) {
    std::string next;
    desk.database.as_owner([&](Tx& tx) {
        next = desk::channel::rotate(tx, desk.context.box, {.account = account, .id = channel.id}).value();
        return true;
    });
    run([&]() -> asio::awaitable<void> {
        auto with_old = make_request(std::string(kSmallest), channel.secret);
        const auto old_answer = co_await post(std::move(with_old));
        EXPECT_EQ(old_answer.status, 202);
        auto with_new = make_request(std::string(kSmallest), next);
        const auto new_answer = co_await post(std::move(with_new));
        EXPECT_EQ(new_answer.status, 200);
    });
}

TEST_F(WebhookTest, SaysWhichCheckOfASignatureFailed) {
    const std::string stranger = crypto::make_webhook_secret();
    auto unsigned_request = make_request(std::string(kSmallest), channel.secret);
    unsigned_request.headers.remove("webhook-signature");
    auto changed = make_request(std::string(kSmallest), channel.secret);
    changed.body += " ";

    struct Case {
        net::Request request;
        const char* says;
    };

    const std::vector<Case> cases{
        {unsigned_request, "webhook-signature"},
        {make_request(std::string(kSmallest), channel.secret, std::chrono::seconds{310}), "clock"},
        {make_request(std::string(kSmallest), stranger), "No secret"},
        {changed, "No secret"}};
    run([&]() -> asio::awaitable<void> {
        for (const auto& [request, says] : cases) {
            auto copy = request;
            const auto response = co_await post(std::move(copy));
            EXPECT_EQ(response.status, 401);
            EXPECT_THAT(response.body, AllOf(HasSubstr(says), Not(HasSubstr("v1,"))));
        }
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_key"), "0");
    EXPECT_TRUE(rejections().empty());  // nobody knows who sent them
    EXPECT_EQ(metric("lupaus_webhook_unauthenticated_total"), 4);
}

TEST_F(WebhookTest, RefusesABadBodyAndKeepsIt) {
    const std::string body = R"({"id":"ext-7","sender":{"id":"u1"},"text":5,"visibility":"no"})";
    const auto response = answer(body);
    EXPECT_EQ(response.status, 400);
    const auto problem = json::parse(response.body);
    EXPECT_EQ(problem["errors"].size(), 2U);
    EXPECT_THAT(response.body, AllOf(HasSubstr("/text"), HasSubstr("/visibility")));
    const auto kept = rejections();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(problem["rejection_id"], to_string(kept[0].id));
    EXPECT_EQ(kept[0].external_id, "ext-7");
    EXPECT_EQ(kept[0].body, body);
    EXPECT_THAT(kept[0].detail, AllOf(HasSubstr("/text"), HasSubstr("/visibility")));
}

TEST_F(WebhookTest, KeepsBodiesThatAreNoJsonAtAll) {
    const std::vector<std::string> bodies{"hello", std::string("{\"id\":\"a\0b\"}", 12), "\xff\xfe", ""};
    run([&]() -> asio::awaitable<void> {
        for (const auto& body : bodies) {
            auto request = make_request(body, channel.secret);
            const auto response = co_await post(std::move(request));
            EXPECT_EQ(response.status, 400);
        }
    });
    EXPECT_EQ(ask("SELECT count(*) FROM rejection"), "4");
}

TEST_F(WebhookTest, ATypeOfTomorrowIsRefusedAndKept) {
    const auto response = answer(R"({"id":"e","type":"message.liked","sender":{"id":"u"},"text":"x"})");
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("/type"));
    EXPECT_EQ(rejections().size(), 1U);
}

TEST_F(WebhookTest, AnUnknownOrDisabledChannelIsNotThere) {
    auto unknown = make_request(std::string(kSmallest), channel.secret);
    unknown.params[0].value = to_string(desk::ChannelId::make());
    auto nonsense = make_request(std::string(kSmallest), channel.secret);
    nonsense.params[0].value = "nonsense";
    ask("UPDATE channel SET disabled_at = now()");
    auto disabled = make_request(std::string(kSmallest), channel.secret);
    run([&]() -> asio::awaitable<void> {
        for (auto* request : {&unknown, &nonsense, &disabled}) {
            const auto response = co_await post(std::move(*request));
            EXPECT_EQ(response.status, 404);
        }
    });
}

TEST_F(WebhookTest, StoresAttachmentsBeforeItAnswers) {
    const std::string content(200'000, '\x07');  // large enough to be worked on in the pool
    const auto body = json{{"id", "ext-1"},
                           {"sender", {{"id", "u1"}}},
                           {"attachments",
                            {{{"name", "a.bin"}, {"content", crypto::base64_encode(content)}},
                             {{"name", "b.txt"}, {"content_type", "text/plain"}, {"content", "SGVpIQ=="}}}}};
    EXPECT_EQ(answer(body.dump()).status, 202);
    const auto payload = ask("SELECT payload FROM inbound");
    const auto message = desk::inbound::decode(std::string_view(payload)).value();
    ASSERT_EQ(message.attachments.size(), 2U);
    EXPECT_EQ(desk.blobs.read(message.attachments[0].sha256).value(), content);
    EXPECT_EQ(desk.blobs.read(message.attachments[1].sha256).value(), "Hei!");
    EXPECT_EQ(message.attachments[0].size_bytes, 200'000);
}

TEST_F(WebhookTest, ATextOverItsLimitIsTooLarge) {
    const auto response = answer(
        json{{"id", "e"}, {"sender", {{"id", "u"}}}, {"text", std::string(limits::kTextBytesMax + 1, 'x')}}.dump());
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(rejections().size(), 1U);
}

TEST_F(WebhookTest, AStoppingDeskAsksToTryAgain) {
    net::Response response;
    run([&]() -> asio::awaitable<void> {
        co_await intake.stop();
        auto request = make_request(std::string(kSmallest), channel.secret);
        response = co_await post(std::move(request));
    });
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.headers.find("Retry-After"));
}

TEST_F(WebhookTest, ManyAtOnceAreStoredOnce) {
    constexpr int kMany = 400;
    int stored = 0;
    run([&]() -> asio::awaitable<void> {
        Doorbell done(desk.io.get_executor());
        int open = kMany;
        const auto send_one = [&](int number) -> asio::awaitable<void> {
            auto request = make_request(
                json{{"id", "ext-" + std::to_string(number / 2)}, {"sender", {{"id", "u"}}}, {"text", "x"}}.dump(),
                channel.secret);
            const auto response = co_await post(std::move(request));
            stored += response.status == 202 ? 1 : 0;
            --open;
            done.ring();
        };
        for (int i = 0; i < kMany; ++i) {
            asio::co_spawn(desk.io, send_one(i), [](const std::exception_ptr&) {});
        }
        while (open > 0) {
            co_await done.wait();
        }
    });
    EXPECT_EQ(stored, kMany / 2);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), std::to_string(kMany / 2));
}

}  // namespace
}  // namespace lupaus::chat
