#include "services/inbox/idempotency_store.hpp"

#include "common/text/json.hpp"
#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using support::make_account;
using support::make_admin_token;
using support::TestDesk;

class IdempotencyStoreTest : public ::testing::Test {
protected:
    KeyedRequest request(const std::string& body = "{}", const std::string& key = "k1") {
        net::Request request;
        request.method = net::Method::post;
        request.method_name = "POST";
        request.target = "/v1/teams";
        request.body = body;
        request.headers.add("Idempotency-Key", key);
        return read_idempotency_key(request, principal_).value().value();
    }

    template <class Work>
    auto run(Work work) {
        return desk_.database.as_app(account_, work);
    }

    void act(const KeyedRequest& keyed, const Answer& answer) {
        run([&](Tx& tx) {
            EXPECT_FALSE(begin_keyed(tx, support::test_box(), keyed).value());
            keep_answer(tx, support::test_box(), keyed, answer);
            return true;
        });
    }

    Result<std::optional<Answer>> ask(const KeyedRequest& keyed) {
        return run([&](Tx& tx) { return begin_keyed(tx, support::test_box(), keyed); });
    }

    TestDesk desk_;
    desk::AccountId account_ = make_account(desk_.database);
    desk::token::Principal principal_ = make_admin_token(desk_.database, account_).principal;
};

TEST_F(IdempotencyStoreTest, GivesTheStoredAnswerAgain) {
    const auto keyed = request();
    act(keyed, {.status = 201, .body = R"({"id":"x"})", .version = 3});
    const auto again = ask(keyed).value();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 201);
    EXPECT_EQ(again->body, R"({"id":"x"})");
    EXPECT_EQ(again->version, 3);
}

TEST_F(IdempotencyStoreTest, AnotherRequestWithTheKeyIsRefused) {
    act(request(), {.status = 204, .body = {}, .version = 0});
    EXPECT_EQ(ask(request(R"({"name":"other"})")).error().code, Errc::unprocessable);
    EXPECT_FALSE(ask(request("{}", "k2")).value());
}

TEST_F(IdempotencyStoreTest, AKeyInFlightIsAConflictAtOnce) {
    const auto keyed = request();
    run([&](Tx& tx) {
        EXPECT_FALSE(begin_keyed(tx, support::test_box(), keyed).value());
        Database second({.url = desk_.database.url("lupaus_app"), .name = "second", .threads = 1});
        const auto work = [&](Tx& other) { return begin_keyed(other, support::test_box(), keyed); };
        const auto busy = second.run_blocking(Scope::account(account_.value), work);
        EXPECT_EQ(busy.error().code, Errc::conflict);
        return true;
    });
    EXPECT_FALSE(ask(keyed).value()) << "what was never kept leaves the key free";
}

TEST_F(IdempotencyStoreTest, OldAnswersGoAndYoungOnesStay) {
    act(request("{}", "old"), {.status = 200, .body = "{}", .version = 0});
    act(request("{}", "older"), {.status = 200, .body = "{}", .version = 0});
    act(request("{}", "young"), {.status = 200, .body = "{}", .version = 0});
    desk_.database.as_owner([](Tx& tx) {
        tx.exec(
            Query{.name = "test_age",
                  .sql = "UPDATE idempotency SET created_at = created_at - interval '25 hours' WHERE key LIKE 'old%'"});
        return true;
    });
    const auto clear = [](Tx& tx) { return delete_old_answers(tx, std::chrono::hours{24}, 1); };
    EXPECT_EQ(desk_.database.worker().run_blocking(Scope::queues(), clear), 1);
    EXPECT_EQ(desk_.database.worker().run_blocking(Scope::queues(), clear), 1);
    EXPECT_EQ(desk_.database.worker().run_blocking(Scope::queues(), clear), 0);
    EXPECT_TRUE(ask(request("{}", "young")).value());
    EXPECT_FALSE(ask(request("{}", "old")).value());
}

TEST_F(IdempotencyStoreTest, AnActorSaysWhoActs) {
    using desk::agent::Role;
    using desk::event::ActorType;
    const net::Request request;
    const auto body = text::Json::object();
    const auto actor_of = [&](Role role, desk::AgentId agent) {
        auto principal = principal_;
        principal.role = role;
        principal.agent = agent;
        return Call{.desk = desk_.context, .principal = principal, .request = request, .body = body}.actor();
    };
    EXPECT_EQ(actor_of(Role::admin, {}).type, ActorType::system);
    EXPECT_EQ(actor_of(Role::admin, {}).token, principal_.token);
    EXPECT_EQ(actor_of(Role::integrator, {}).type, ActorType::bot);
    const auto agent = desk::AgentId::make();
    EXPECT_EQ(actor_of(Role::lead, agent).type, ActorType::agent);
    EXPECT_EQ(actor_of(Role::lead, agent).id, agent.value);
}

}  // namespace
}  // namespace lupaus::inbox
