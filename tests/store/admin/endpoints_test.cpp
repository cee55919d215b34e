#include "services/desk/channel/store.hpp"
#include "services/inbox/admin.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

using desk::agent::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class AdminEndpoints : public ::testing::Test {
protected:
    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;

    Result<Answer> call(Handle handle, const std::string& body, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = admin_, .body = body, .id = id});
    }

    std::vector<std::string> event_types() {
        std::vector<std::string> types;
        for (const auto& row : desk_.database.as_owner(
                 [](Tx& tx) { return tx.exec({"read_types", "SELECT type FROM event ORDER BY account_id, seq"}); })) {
            types.push_back(row[0].as<std::string>());
        }
        return types;
    }

    int drains() {
        return desk_.database
            .as_owner([](Tx& tx) { return tx.exec({"count_drains", "SELECT count(*) FROM inbound WHERE kind = 1"}); })
            .at(0, 0)
            .as<int>();
    }
};

TEST_F(AdminEndpoints, AgentsChangeTheirSignatureAndNothingElse) {
    const auto id = support::make_agent(desk_.database, account_, {.name = "Maija"});
    const auto maija = support::make_agent_token(desk_.database, account_, id).principal;
    const auto edit = [&](const std::string& body) {
        return ask(desk_, handle_edit_own_agent, {.principal = maija, .body = body});
    };
    const auto field_of = [&](const std::string& body) { return edit(body).error().fields.at(0).field; };
    const auto changed =
        read(edit(R"({"signature": {"text": "{{agent.name}}", "html": "<b onclick=x>{{agent.name}}</b>"}})"));
    EXPECT_EQ(changed["signature"].dump(), R"({"html":"<b>{{agent.name}}</b>","text":"{{agent.name}}"})");
    EXPECT_EQ(changed["version"], 2);
    EXPECT_EQ(changed, read(call(handle_get_agent, "{}", to_string(id))));
    EXPECT_EQ(read(edit("{}"))["signature"], changed["signature"]) << "what is absent stays";
    EXPECT_EQ(field_of(R"({"name": "Queen"})"), "/name");
    EXPECT_EQ(field_of(R"({"signature": {"text": "{{agent.salary}}"}})"), "/signature/text");
    EXPECT_EQ(field_of(R"({"signature": {"text": "a", "html": "{{"}})"), "/signature/html");
    EXPECT_EQ(field_of(R"({"signature": {"text": "a", "html": "<img src=cid:logo>"}})"), "/signature/html");
    EXPECT_EQ(field_of(R"({"signature": {"html": "a"}})"), "/signature/text");
    EXPECT_EQ(field_of(R"({"signature": {"text": "a", "color": "red"}})"), "/signature/color");
    EXPECT_EQ(field_of(R"({"signature": {"text": ")" + std::string(2049, 'a') + R"("}})"), "/signature/text");
    EXPECT_EQ(field_of(R"({"signature": {"text": "a", "html": ")" + std::string(8193, 'a') + R"("}})"),
              "/signature/html");
    EXPECT_TRUE(read(edit(R"({"signature": null})"))["signature"].is_null());
    EXPECT_EQ(ask(desk_, handle_edit_own_agent, {.principal = admin_, .body = "{}"}).error().code, Errc::not_found)
        << "a token of nobody";
}

TEST_F(AdminEndpoints, TeamsHaveASignatureToo) {
    const auto made = read(call(handle_create_team, R"({"name": "Support", "signature": {"text": "{{team.name}}"}})"));
    EXPECT_EQ(made["signature"].dump(), R"({"html":null,"text":"{{team.name}}"})");
    const auto id = made["id"].get<std::string>();
    EXPECT_EQ(read(call(handle_edit_team, R"({"name": "Help"})", id))["signature"], made["signature"]);
    EXPECT_TRUE(read(call(handle_edit_team, R"({"signature": null})", id))["signature"].is_null());
}

TEST_F(AdminEndpoints, AnAgentIsCreatedReadAndChanged) {
    const auto team = support::make_team(desk_.database, account_, "Support");
    const auto made = read(call(handle_create_agent, R"({"name": "Maija", "email": "Maija@Desk.example", "capacity": 2,
        "skills": ["bikes"], "team_ids": [")" + to_string(team) +
                                                         R"("]})"));
    EXPECT_EQ(made["email"], "maija@desk.example");
    EXPECT_EQ(made["role"], "agent");
    EXPECT_EQ(made["presence"], "offline");
    EXPECT_EQ(made["team_ids"][0], to_string(team));
    EXPECT_EQ(made["version"], 1);
    const auto id = made["id"].get<std::string>();
    const auto changed = call(handle_edit_agent, R"({"role": "lead", "capacity": 5})", id);
    EXPECT_EQ(changed->version, 2);
    EXPECT_EQ(read(changed)["role"], "lead");
    EXPECT_EQ(read(changed)["skills"][0], "bikes") << "what is absent stays";
    EXPECT_EQ(read(changed), read(call(handle_get_agent, "{}", id)));
    EXPECT_EQ(drains(), 1) << "more capacity, more work";
    EXPECT_THAT(event_types(), ElementsAre("agent.created", "agent.updated"));
}

TEST_F(AdminEndpoints, EveryMistakeOfABodyIsNamedAtOnce) {
    const auto answer =
        call(handle_create_agent, R"({"email": "nowhere", "role": "boss", "capacity": -1, "colour": "red"})");
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().code, Errc::invalid);
    const auto wrong = wrong_fields(answer);
    for (const auto* field : {"/name ", "/email ", "/role ", "/capacity ", "/colour "}) {
        EXPECT_THAT(wrong, HasSubstr(field));
    }
}

TEST_F(AdminEndpoints, TheAccountComesFromTheTokenAndNeverFromTheBody) {
    const auto other = support::make_account(desk_.database, "Other desk");
    const auto answer = call(handle_create_team, R"({"name": "Support", "account_id": ")" + to_string(other) + R"("})");
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(wrong_fields(answer), "/account_id ");
}

TEST_F(AdminEndpoints, ForeignIdsDoNotExist) {
    auto& database = desk_.database;
    const auto other = support::make_account(database, "Other desk");
    const auto agent = to_string(support::make_agent(database, other));
    const auto team = to_string(support::make_team(database, other, "Support"));
    const auto channel = to_string(support::make_channel(database, other).id);
    const auto policy = to_string(support::make_policy(database, other));
    const auto token = to_string(support::make_admin_token(database, other).principal.token);
    const std::vector<std::pair<Handle, std::string>> questions{
        {handle_get_agent, agent},      {handle_edit_agent, agent},      {handle_get_team, team},
        {handle_edit_team, team},       {handle_delete_team, team},      {handle_get_channel, channel},
        {handle_edit_channel, channel}, {handle_rotate_secret, channel}, {handle_finish_rotation, channel},
        {handle_get_policy, policy},    {handle_edit_policy, policy},    {handle_delete_policy, policy},
        {handle_revoke_token, token},   {handle_get_contact, "no-id"},   {handle_edit_contact, agent},
        {handle_put_presence, agent},
    };
    for (const auto& [handle, id] : questions) {
        const auto answer = call(handle, handle == handle_put_presence ? R"({"state": "online"})" : "{}", id);
        ASSERT_TRUE(answer.has_error());
        EXPECT_EQ(answer.error().code, Errc::not_found);
    }
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(AdminEndpoints, AnEditOfAnOldVersionIsRefused) {
    const auto team = to_string(support::make_team(desk_.database, account_, "Support"));
    const auto edit = [&](const std::string& if_match, const std::string& name) {
        return ask(desk_, handle_edit_team,
                   {.principal = admin_, .body = R"({"name": ")" + name + R"("})", .id = team, .if_match = if_match});
    };
    EXPECT_EQ(edit("\"1\"", "Help")->version, 2);
    const auto late = edit("\"1\"", "Aid");
    ASSERT_TRUE(late.has_error());
    EXPECT_EQ(late.error().code, Errc::precondition);
    EXPECT_EQ(read(call(handle_get_team, "{}", team))["name"], "Help");
    EXPECT_EQ(edit("\"1\", \"2\"", "Aid")->version, 3);
    EXPECT_EQ(edit("one", "Aid").error().code, Errc::invalid);
}

TEST_F(AdminEndpoints, ListsGoOnWhereTheCursorSays) {
    for (const auto* name : {"Support", "Billing", "Returns"}) {
        support::make_team(desk_.database, account_, name);
    }
    const auto page = [&](const std::string& query) {
        return ask(desk_, handle_list_teams, {.principal = admin_, .query = query});
    };
    const auto first = read(page("limit=2"));
    ASSERT_EQ(first["items"].size(), 2u);
    EXPECT_EQ(first["items"][0]["name"], "Billing");
    const auto second = read(page("limit=2&cursor=" + first["next_cursor"].get<std::string>()));
    ASSERT_EQ(second["items"].size(), 1u);
    EXPECT_EQ(second["items"][0]["name"], "Support");
    EXPECT_TRUE(second["next_cursor"].is_null());
    EXPECT_EQ(wrong_fields(page("cursor=abc")), "cursor ");
    EXPECT_EQ(wrong_fields(page("limit=0")), "limit ");
    EXPECT_EQ(wrong_fields(page("limit=101")), "limit ");
    EXPECT_EQ(wrong_fields(page("sort=name")), "sort ");
}

TEST_F(AdminEndpoints, PresenceIsPutByTheAgentOrTheLead) {
    const auto agent = support::make_agent(desk_.database, account_, {.online = false});
    const auto own = support::make_agent_token(desk_.database, account_, agent).principal;
    const auto put = [&](const std::string& body) {
        return ask(desk_, handle_put_own_presence, {.principal = own, .body = body});
    };
    EXPECT_EQ(read(put(R"({"state": "online"})"))["state"], "online");
    EXPECT_EQ(drains(), 1);
    EXPECT_EQ(wrong_fields(put(R"({"state": "break"})")), "/until ");
    EXPECT_EQ(wrong_fields(put(R"({"state": "asleep"})")), "/state ");
    const auto until = to_rfc3339(system_now() + std::chrono::minutes{20});
    EXPECT_EQ(read(put(R"({"state": "break", "until": ")" + until + R"("})"))["until"], until);
    EXPECT_EQ(read(ask(desk_, handle_get_own_agent, {.principal = own}))["presence"], "break");
    EXPECT_TRUE(call(handle_put_presence, R"({"state": "offline"})", to_string(agent)));
    EXPECT_EQ(read(call(handle_get_agent, "{}", to_string(agent)))["presence"], "offline");
    EXPECT_EQ(call(handle_put_own_presence, R"({"state": "online"})").error().code, Errc::forbidden);
    EXPECT_THAT(event_types(), ElementsAre("agent.presence", "agent.presence", "agent.presence"));
}

TEST_F(AdminEndpoints, ADisabledAgentIsOfflineAndLetsGo) {
    const auto agent = to_string(support::make_agent(desk_.database, account_));
    EXPECT_EQ(read(call(handle_edit_agent, R"({"disabled": true})", agent))["presence"], "offline");
    EXPECT_THAT(event_types(), ElementsAre("agent.presence", "agent.updated"));
    EXPECT_EQ(call(handle_put_presence, R"({"state": "online"})", agent).error().code, Errc::conflict);
    EXPECT_EQ(drains(), 0);
    EXPECT_EQ(read(call(handle_edit_agent, R"({"disabled": false})", agent))["disabled"], false);
    EXPECT_EQ(drains(), 1);
}

TEST_F(AdminEndpoints, AChannelShowsItsSecretsOnce) {
    const auto made = read(call(handle_create_channel,
                                R"({"kind": "webhook", "name": "Shop", "outbound_url": "https://shop.example/in"})"));
    const auto id = made["id"].get<std::string>();
    EXPECT_EQ(made["path"], "/hooks/webhook/" + id);
    EXPECT_THAT(made["secret"].get<std::string>(), StartsWith("whsec_"));
    EXPECT_THAT(made["outbound_secret"].get<std::string>(), StartsWith("whsec_"));
    const auto later = read(call(handle_get_channel, "{}", id));
    EXPECT_FALSE(later.contains("secret"));
    EXPECT_FALSE(later.contains("outbound_secret"));
    EXPECT_EQ(later["rotating"], false);
    const auto rotated = read(call(handle_rotate_secret, "{}", id));
    EXPECT_NE(rotated["secret"], made["secret"]);
    EXPECT_FALSE(rotated.contains("outbound_secret"));
    EXPECT_EQ(rotated["rotating"], true);
    EXPECT_EQ(read(call(handle_finish_rotation, "{}", id))["rotating"], false);
    const auto outbound = read(call(handle_rotate_secret, R"({"which": "outbound"})", id));
    EXPECT_NE(outbound["outbound_secret"], made["outbound_secret"]);
    const auto stored =
        desk_.database.as_owner([](Tx& tx) { return tx.exec({"dump_events", "SELECT data::text FROM event"}); });
    for (const auto& row : stored) {
        EXPECT_EQ(row[0].as<std::string>().find("whsec_"), std::string::npos);
    }
}

TEST_F(AdminEndpoints, AChannelsAddressMustBeAUrl) {
    const auto id = to_string(support::make_channel(desk_.database, account_).id);
    for (const auto* url : {"shop.example", "ftp://shop.example/", "https://user@shop.example/"}) {
        const auto answer = call(handle_edit_channel, R"({"outbound_url": ")" + std::string(url) + R"("})", id);
        ASSERT_TRUE(answer.has_error()) << url;
        EXPECT_EQ(wrong_fields(answer), "/outbound_url ");
    }
    const auto first = read(call(handle_edit_channel, R"({"outbound_url": "https://shop.example/in"})", id));
    EXPECT_TRUE(first.contains("outbound_secret"));
    const auto moved = read(call(handle_edit_channel, R"({"outbound_url": "https://shop.example/there"})", id));
    EXPECT_FALSE(moved.contains("outbound_secret")) << "the secret stays";
    EXPECT_TRUE(read(call(handle_edit_channel, R"({"outbound_url": null})", id))["outbound_url"].is_null());
}

TEST_F(AdminEndpoints, APolicyFillsInItsLadder) {
    const auto made = read(call(handle_create_policy, R"({"kind": "first_reply", "target_s": 120})"));
    EXPECT_EQ(made["leads_after_s"], 60);
    EXPECT_EQ(made["account_after_s"], 120);
    EXPECT_TRUE(made["warn_lead_s"].is_null());
    EXPECT_TRUE(made["channel_id"].is_null());
    const auto id = made["id"].get<std::string>();
    const auto changed = read(call(handle_edit_policy, R"({"priority": "urgent", "warn_lead_s": 30})", id));
    EXPECT_EQ(changed["priority"], "urgent");
    EXPECT_EQ(changed["warn_lead_s"], 30);
    EXPECT_EQ(changed["target_s"], 120);
    EXPECT_TRUE(read(call(handle_edit_policy, R"({"priority": null})", id))["priority"].is_null());
    EXPECT_EQ(wrong_fields(call(handle_create_policy, R"({"kind": "resolution", "target_s": 120})")), "/kind ");
    EXPECT_EQ(wrong_fields(call(handle_create_policy, R"({"kind": "next_reply", "target_s": 9, "warn_lead_s": 9})")),
              "/warn_lead_s ");
    const auto elsewhere =
        R"({"kind": "next_reply", "target_s": 9, "team_id": ")" + to_string(desk::TeamId::make()) + "\"}";
    EXPECT_EQ(wrong_fields(call(handle_create_policy, elsewhere)), "/team_id ");
    EXPECT_EQ(call(handle_delete_policy, "{}", id)->status, 204);
    EXPECT_EQ(call(handle_get_policy, "{}", id).error().code, Errc::not_found);
}

TEST_F(AdminEndpoints, TokensAreHandedOutWithinTheIssuersOwnRights) {
    const auto agent = to_string(support::make_agent(desk_.database, account_, {.role = Role::lead}));
    const auto made = read(call(handle_issue_token, R"({"agent_id": ")" + agent + R"(", "name": "Phone"})"));
    EXPECT_THAT(made["token"].get<std::string>(), StartsWith("lup_"));
    EXPECT_EQ(made["role"], "lead");
    EXPECT_EQ(wrong_fields(call(handle_issue_token, R"({"role": "integrator"})")), "/scopes ");
    EXPECT_EQ(wrong_fields(call(handle_issue_token, R"({"role": "integrator", "scopes": ["all"]})")), "/scopes ");
    EXPECT_EQ(wrong_fields(call(handle_issue_token, R"({"role": "admin", "agent_id": ")" + agent + "\"}")), "/role ");

    const auto program =
        support::make_integrator_token(desk_.database, account_, {"tokens:write", "agents:read", "agents:write"})
            .principal;
    const auto as_program = [&](Handle handle, const std::string& body, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = program, .body = body, .id = id});
    };
    EXPECT_TRUE(as_program(handle_issue_token, R"({"role": "integrator", "scopes": ["agents:read"]})"));
    for (const auto* body : {R"({"role": "integrator", "scopes": ["channels:write"]})", R"({"role": "admin"})"}) {
        EXPECT_EQ(as_program(handle_issue_token, body).error().code, Errc::forbidden);
    }
    EXPECT_EQ(as_program(handle_edit_agent, R"({"role": "admin"})", agent).error().code, Errc::forbidden);
    EXPECT_EQ(as_program(handle_revoke_token, "{}", made["id"].get<std::string>()).error().code, Errc::forbidden);
    EXPECT_EQ(call(handle_revoke_token, "{}", made["id"].get<std::string>())->status, 204);
    const auto listed = read(ask(desk_, handle_list_tokens, {.principal = admin_}));
    EXPECT_EQ(listed["items"].size(), 4u);
    EXPECT_EQ(listed.dump().find(made["token"].get<std::string>()), std::string::npos);
}

}  // namespace
}  // namespace lupaus::inbox
