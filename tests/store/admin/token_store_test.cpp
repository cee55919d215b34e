#include "services/desk/token/store.hpp"

#include "common/crypto/token.hpp"
#include "services/desk/agent/store.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::token {
namespace {

using support::TestDatabase;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class TokenStore : public ::testing::Test {
protected:
    TestDatabase database_{};
    AccountId account_ = support::make_account(database_);

    std::optional<Principal> who(const std::string& text) {
        const auto find = [&](Tx& tx) { return find_principal(tx, crypto::token_hash(text)); };
        return database_.app().run_blocking(Scope::queues(), find);
    }

    void edit_agent(AgentId id, const std::function<void(agent::Agent&)>& change) {
        const auto work = [&](Tx& tx) {
            auto agent = agent::find(tx, account_, id, {}).value();
            change(agent);
            return agent::update(tx, agent);
        };
        database_.as_app(account_, work).value();
    }
};

TEST_F(TokenStore, AnAgentsTokenHasTheRoleTheAgentHasNow) {
    const auto agent = support::make_agent(database_, account_, {.name = "Leena"});
    const auto made = support::make_agent_token(database_, account_, agent);
    EXPECT_GE(made.text.size(), 40u);
    EXPECT_EQ(made.principal.account, account_);
    EXPECT_EQ(made.principal.agent, agent);
    EXPECT_EQ(made.principal.agent_name, "Leena");
    EXPECT_EQ(made.principal.role, agent::Role::agent);
    edit_agent(agent, [](agent::Agent& leena) { leena.role = agent::Role::lead; });
    EXPECT_EQ(who(made.text)->role, agent::Role::lead);
    edit_agent(agent, [](agent::Agent& leena) { leena.disabled_at = system_now(); });
    EXPECT_FALSE(who(made.text)) << "a disabled agent is nobody";
}

TEST_F(TokenStore, TheTextIsNotStored) {
    const auto made = support::make_admin_token(database_, account_);
    const auto rows =
        database_.as_owner([](Tx& tx) { return tx.exec({"dump_tokens", "SELECT token::text, prefix FROM token"}); });
    EXPECT_EQ(rows.at(0, 0).as<std::string>().find(made.text), std::string::npos);
    EXPECT_EQ(rows.at(0, 1).as<std::string>(), made.text.substr(0, 10));
}

TEST_F(TokenStore, ARevokedTokenIsNobodys) {
    const auto made = support::make_integrator_token(database_, account_, {"agents:read", "channels:write"});
    EXPECT_THAT(made.principal.scopes, ElementsAre("agents:read", "channels:write"));
    const auto id = made.principal.token;
    const auto other = support::make_account(database_, "Other desk");
    EXPECT_FALSE(database_.as_app(other, [&](Tx& tx) { return revoke(tx, other, id); }));
    EXPECT_TRUE(who(made.text));
    EXPECT_TRUE(database_.as_app(account_, [&](Tx& tx) { return revoke(tx, account_, id); }));
    EXPECT_FALSE(who(made.text));
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return revoke(tx, account_, id); })) << "once is enough";
    EXPECT_TRUE(database_.as_app(account_, [&](Tx& tx) { return find(tx, account_, id); })->revoked_at);
}

TEST_F(TokenStore, AnExpiredTokenIsNobodys) {
    Token draft;
    draft.account = account_;
    draft.role = agent::Role::admin;
    draft.expires_at = system_now() - std::chrono::seconds{10};
    const auto issued = database_.as_app(account_, [&](Tx& tx) { return issue(tx, draft); }).value();
    EXPECT_FALSE(who(issued.text));
}

TEST_F(TokenStore, ManyAreFoundInTheirOrder) {
    const auto other = support::make_account(database_, "Other desk");
    const auto leena = support::make_agent_token(database_, account_, support::make_agent(database_, account_));
    const auto machine = support::make_integrator_token(database_, other, {"agents:read", "events:read"});
    const auto revoked = support::make_admin_token(database_, account_);
    database_.as_app(account_, [&](Tx& tx) { return revoke(tx, account_, revoked.principal.token); });
    const std::vector<crypto::Digest> hashes{crypto::token_hash(machine.text), crypto::token_hash("nobody's"),
                                             crypto::token_hash(leena.text), crypto::token_hash(revoked.text),
                                             crypto::token_hash(machine.text)};
    const auto find = [&hashes](Tx& tx) { return find_principals(tx, hashes); };
    const auto found = database_.app().run_blocking(Scope::queues(), find);
    ASSERT_THAT(found, SizeIs(5));
    EXPECT_EQ(found[0]->account, other);
    EXPECT_THAT(found[0]->scopes, ElementsAre("agents:read", "events:read"));
    EXPECT_FALSE(found[1]);
    EXPECT_EQ(found[2]->agent, leena.principal.agent);
    EXPECT_EQ(found[2]->agent_name, leena.principal.agent_name);
    EXPECT_FALSE(found[3]);
    EXPECT_EQ(found[4]->token, machine.principal.token);
    const auto find_none = [](Tx& tx) { return find_principals(tx, {}); };
    EXPECT_THAT(database_.app().run_blocking(Scope::queues(), find_none), SizeIs(0));
}

TEST_F(TokenStore, NobodyGetsATokenForAForeignAgent) {
    const auto other = support::make_account(database_, "Other desk");
    Token draft;
    draft.account = account_;
    draft.agent = support::make_agent(database_, other);
    const auto issued = database_.as_app(account_, [&](Tx& tx) { return issue(tx, draft); });
    ASSERT_TRUE(issued.has_error());
    EXPECT_EQ(issued.error().fields.at(0).field, "/agent_id");
}

TEST_F(TokenStore, ListsPageByPage) {
    for (int i = 0; i < 3; ++i) {
        support::make_admin_token(database_, account_);
    }
    const auto first = database_.as_app(account_, [&](Tx& tx) { return list(tx, account_, {}, 2); });
    ASSERT_THAT(first, SizeIs(2));
    const auto second = database_.as_app(account_, [&](Tx& tx) { return list(tx, account_, first[1].id, 2); });
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_NE(second[0].id, first[0].id);
    EXPECT_NE(second[0].id, first[1].id);
}

}  // namespace
}  // namespace lupaus::desk::token
