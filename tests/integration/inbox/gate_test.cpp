#include "tests/integration/inbox/inbox_fixture.hpp"

namespace lupaus::inbox::test {
namespace {

using net::test::Reply;
using support::make_account;
using support::make_admin_token;
using support::make_integrator_token;

class GateTest : public InboxTest {
protected:
    static void expect_problem(const Reply& reply, int status, std::string_view type, std::string_view detail) {
        EXPECT_EQ(reply.status, status) << reply.body;
        EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
        const auto problem = json(reply);
        EXPECT_EQ(problem["status"], status);
        EXPECT_EQ(problem["type"], type);
        EXPECT_EQ(problem["request_id"], reply.header("X-Request-Id"));
        EXPECT_NE(problem["detail"].get<std::string>().find(detail), std::string::npos) << reply.body;
    }
};

TEST_F(GateTest, AsksForAToken) {
    const auto missing = send(net::test::get("/v1/teams"));
    expect_problem(missing, 401, "/problems/unauthenticated", "Authorization: Bearer");
    EXPECT_EQ(missing.header("WWW-Authenticate"), "Bearer");
    const auto unknown = send(net::test::get("/v1/teams", bearer("lup_nobody")));
    expect_problem(unknown, 401, "/problems/unauthenticated", "unknown, expired or revoked");
    EXPECT_EQ(send(net::test::get("/v1/teams?access_token=" + admin_.text)).status, 401);
}

TEST_F(GateTest, ChecksRolesAndScopes) {
    EXPECT_EQ(get("/v1/teams", agent_).status, 200);
    expect_problem(post("/v1/teams", agent_, R"({"name":"A"})"), 403, "/problems/forbidden", "role admin");
    const auto reader = make_integrator_token(desk_.database, account_, {"agents:read"});
    EXPECT_EQ(get("/v1/teams", reader).status, 200);
    expect_problem(post("/v1/teams", reader, R"({"name":"A"})"), 403, "/problems/forbidden", "scope agents:write");
}

TEST_F(GateTest, WantsJson) {
    expect_problem(post("/v1/teams", admin_, R"({"name":"A"})", "Content-Type: text/plain\r\n"), 415, "about:blank",
                   "application/json");
    expect_problem(post("/v1/teams", admin_, R"({"name":)"), 400, "/problems/invalid", "JSON");
    const auto missing = post("/v1/teams", admin_, "", "");
    expect_problem(missing, 400, "/problems/invalid", "name");
    EXPECT_EQ(json(missing)["errors"][0]["field"], "/name");
    expect_problem(post("/v1/teams", admin_, R"({"name":"A","nmae":"B"})"), 400, "/problems/invalid", "nmae");
}

TEST_F(GateTest, AnswersWithAVersion) {
    const auto id = new_team("Support");
    const auto team = get("/v1/teams/" + id, agent_);
    EXPECT_EQ(team.header("ETag"), "\"1\"");
    EXPECT_EQ(team.header("Cache-Control"), "no-store");
    const auto edit = [&](const std::string& etag) {
        const std::string body = R"({"mode":"pull"})";
        return send("PATCH /v1/teams/" + id + " HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n" +
                    bearer(admin_.text) + "If-Match: " + etag + "\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body);
    };
    EXPECT_EQ(edit("\"1\"").header("ETag"), "\"2\"");
    expect_problem(edit("\"1\""), 412, "/problems/precondition-failed", "2");
}

TEST_F(GateTest, AnotherAccountsThingsAreNotThere) {
    const auto id = new_team("Support");
    const auto other = make_account(desk_.database, "Other");
    const auto foreign = make_admin_token(desk_.database, other);
    expect_problem(get("/v1/teams/" + id, foreign), 404, "/problems/not-found", "No such team");
    EXPECT_EQ(json(get("/v1/teams", foreign))["items"].size(), 0U);
    expect_problem(get("/v1/teams/nonsense", admin_), 404, "/problems/not-found", "No such team");
}

TEST_F(GateTest, ARepeatedPostActsOnce) {
    const std::string keyed = "Content-Type: application/json\r\nIdempotency-Key: order-66\r\n";
    const auto first = post("/v1/teams", admin_, R"({"name":"Support"})", keyed);
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.header("Idempotent-Replayed"), "");
    const auto again = post("/v1/teams", admin_, R"({"name":"Support"})", keyed);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
    EXPECT_EQ(again.header("ETag"), first.header("ETag"));
    EXPECT_EQ(json(get("/v1/teams", admin_))["items"].size(), 1U);
    expect_problem(post("/v1/teams", admin_, R"({"name":"Billing"})", keyed), 422, "/problems/unprocessable",
                   "another");
}

TEST_F(GateTest, ARefusedPostLeavesItsKeyFree) {
    const std::string keyed = "Content-Type: application/json\r\nIdempotency-Key: order-67\r\n";
    EXPECT_EQ(post("/v1/teams", admin_, "{}", keyed).status, 400);
    EXPECT_EQ(post("/v1/teams", admin_, R"({"name":"Support"})", keyed).status, 201);
    EXPECT_EQ(post("/v1/teams", admin_, R"({"name":"x"})",
                   "Content-Type: application/json\r\nIdempotency-Key: " + std::string(256, 'k') + "\r\n")
                  .status,
              400);
}

TEST_F(GateTest, ARevokedTokenIsSoonUnknown) {
    EXPECT_EQ(get("/v1/teams", agent_).status, 200);
    const auto path = "/v1/tokens/" + to_string(agent_.principal.token);
    EXPECT_EQ(send("DELETE " + path + " HTTP/1.1\r\nHost: desk\r\n" + bearer(admin_.text) + "\r\n").status, 204);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (get("/v1/teams", agent_).status == 200) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
}

TEST_F(GateTest, ARequestKeepsTheAgentThere) {
    desk_.database.as_owner([&](Tx& tx) {
        tx.exec(Query{.name = "test_stale",
                      .sql = "INSERT INTO presence (account_id, agent_id, state, seen_at, settled) "
                             "VALUES ($1, $2, 0, clock_timestamp() - interval '5 minutes', 1)"},
                pqxx::params{to_string(account_), to_string(maija_)});
        return true;
    });
    EXPECT_EQ(json(get("/v1/agents/me", agent_))["name"], "Maija");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (json(get("/v1/agents/" + to_string(maija_), admin_))["presence"] != "online") {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
}

TEST_F(GateTest, ServesItsDescription) {
    const auto yaml = send(net::test::get("/openapi.yaml"));
    EXPECT_EQ(yaml.status, 200);
    EXPECT_TRUE(yaml.body.starts_with("openapi: 3.1.0"));
    const auto page = send(net::test::get("/docs"));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("/v1/conversations/{id}/messages"), std::string::npos);
}

TEST_F(GateTest, ServesAttachmentsAsDownloads) {
    const auto bytes = std::string("<script>\0alert(1)", 17);
    const auto id = to_string(desk::AttachmentId::make());
    const auto stored = desk_.blobs.put(bytes);
    desk_.database.as_app(account_, [&](Tx& tx) {
        tx.exec(
            Query{.name = "test_attach",
                  .sql =
                      "INSERT INTO attachment (account_id, id, message_id, position, name, content_type, size_bytes, "
                      "sha256) VALUES ($1, $2, $2, 0, 'x.html', 'text/html', 17, $3)"},
            pqxx::params{to_string(account_), id, stored.hash});
        return true;
    });
    const auto file = get("/v1/attachments/" + id, agent_);
    EXPECT_EQ(file.status, 200);
    EXPECT_EQ(file.body, bytes);
    EXPECT_EQ(file.header("Content-Type"), "application/octet-stream");
    EXPECT_EQ(file.header("Content-Disposition"), "attachment; filename*=UTF-8''x.html");
    EXPECT_EQ(file.header("X-Content-Type-Options"), "nosniff");
    const auto other = make_account(desk_.database, "Other");
    EXPECT_EQ(get("/v1/attachments/" + id, make_admin_token(desk_.database, other)).status, 404);
    EXPECT_EQ(get("/v1/attachments/nonsense", agent_).status, 404);
    EXPECT_EQ(send(net::test::get("/v1/attachments/" + id)).status, 401);
}

class EventPagesTest : public InboxTest {};

TEST_F(EventPagesTest, ReadTheLogForwards) {
    for (const auto* name : {"A", "B", "C"}) {
        new_team(name);
    }
    const auto first = json(get("/v1/events?limit=2", agent_));
    ASSERT_EQ(first["items"].size(), 2U);
    EXPECT_EQ(first["items"][0]["type"], "team.created");
    EXPECT_EQ(first["items"][1]["cursor"], 2);
    EXPECT_EQ(first["next_cursor"], 2);
    EXPECT_TRUE(first["more"]);
    const auto rest = json(get("/v1/events?after=2", agent_));
    EXPECT_EQ(rest["items"].size(), 1U);
    EXPECT_FALSE(rest["more"]);
    const auto none = json(get("/v1/events?types=alert.*", agent_));
    EXPECT_EQ(none["items"].size(), 0U);
    EXPECT_EQ(none["next_cursor"], 3) << "what was filtered was read";
}

TEST_F(EventPagesTest, RefuseWhatCannotBe) {
    for (const auto* query : {"after=-1", "after=x", "limit=0", "limit=501", "cursor=3"}) {
        EXPECT_EQ(get("/v1/events?" + std::string(query), agent_).status, 400) << query;
    }
    const auto gone = get("/v1/events?after=99", agent_);
    EXPECT_EQ(gone.status, 409);
    EXPECT_EQ(json(gone)["newest_cursor"], 0);
    const auto deaf = make_integrator_token(desk_.database, account_, {"agents:read"});
    EXPECT_EQ(get("/v1/events", deaf).status, 403);
}

class RateTest : public InboxTest {
protected:
    RateTest() : InboxTest({{"LUPAUS_RATE_TOKEN_PER_SECOND", "1"}, {"LUPAUS_RATE_TOKEN_BURST", "3"}}) {}
};

TEST_F(RateTest, SlowsOneTokenDownAndNoOther) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(get("/v1/teams", agent_).status, 200);
    }
    const auto refused = get("/v1/teams", agent_);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(get("/v1/teams", admin_).status, 200);
}

}  // namespace
}  // namespace lupaus::inbox::test
