#include "services/desk/event/store.hpp"
#include "tests/integration/inbox/inbox_fixture.hpp"

namespace lupaus::inbox::test {
namespace {

using support::make_account;
using support::make_admin_token;
using support::make_integrator_token;

constexpr int kGoingAway = 1001;
constexpr int kPolicyViolation = 1008;
constexpr int kTryAgainLater = 1013;

class StreamTest : public InboxTest {
protected:
    void happen(int count, const std::string& data = "{}") {
        desk_.database.as_worker({account_}, [&](Tx& tx) {
            const std::vector<desk::event::Draft> drafts(static_cast<std::size_t>(count),
                                                         {.account = account_,
                                                          .type = "team.updated",
                                                          .actor = desk::event::Actor::system(),
                                                          .conversation = {},
                                                          .message = {},
                                                          .data = data});
            desk::event::append(tx, drafts);
            return true;
        });
        instance_.wakeups().announce(desk::Topic::event);
    }

    // Until so many processes hear what others say.
    void wait_for_listeners(int count) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        const auto ask = [](Tx& tx) {
            constexpr std::string_view kSql =
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query ILIKE 'LISTEN%lupaus_stream%'";
            return tx.exec(Query{.name = "test_listeners", .sql = kSql}).at(0, 0).as<int>();
        };
        while (desk_.database.as_worker({}, ask) < count) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        }
    }
};

TEST_F(StreamTest, TellsWhatHappens) {
    happen(2);
    auto client = stream(agent_);
    ASSERT_EQ(client.handshake().status, 101);
    EXPECT_EQ(client.read().json, text::Json::parse(R"({"type":"hello","cursor":2})"));
    const auto id = new_team("Support");
    const auto frame = client.read().json;
    EXPECT_EQ(frame["type"], "event");
    EXPECT_EQ(frame["event"]["type"], "team.created");
    EXPECT_EQ(frame["event"]["cursor"], 3);
    EXPECT_EQ(frame["event"]["team"]["id"], id);
    EXPECT_EQ(frame["event"]["actor"]["token_id"], to_string(admin_.principal.token));
}

TEST_F(StreamTest, TellsNothingToOthers) {
    const auto other = make_account(desk_.database, "Other");
    auto stranger = stream(make_admin_token(desk_.database, other));
    EXPECT_EQ(stranger.read().json["type"], "hello");
    happen(1);
    stranger.say(R"({"type":"shout"})");
    EXPECT_EQ(stranger.read().json["type"], "error");
}

TEST_F(StreamTest, ResumesFromACursor) {
    happen(500);
    auto client = stream(agent_, "/v1/stream?cursor=100");
    EXPECT_EQ(client.read().json["cursor"], 100);
    for (int cursor = 101; cursor <= 500; ++cursor) {
        ASSERT_EQ(client.read().json["event"]["cursor"], cursor);
    }
    happen(1);
    EXPECT_EQ(client.read().json["event"]["cursor"], 501);
    client.say(R"({"type":"resume","cursor":499})");
    EXPECT_EQ(client.read().json, text::Json::parse(R"({"type":"hello","cursor":499})"));
    EXPECT_EQ(client.read().json["event"]["cursor"], 500);
    EXPECT_EQ(client.read().json["event"]["cursor"], 501);
    client.say(R"({"type":"resume","cursor":9999})");
    EXPECT_EQ(client.read().json, text::Json::parse(R"({"type":"resync","cursor":501})"));
    happen(1);
    EXPECT_EQ(client.read().json["event"]["cursor"], 502);
}

TEST_F(StreamTest, TakesATokenFromTheSubprotocol) {
    StreamClient client(instance_.port(), "/v1/stream",
                        "Sec-WebSocket-Protocol: lupaus, lupaus.bearer." + agent_.text + "\r\n");
    EXPECT_EQ(client.handshake().status, 101);
    EXPECT_NE(client.handshake().head.find("Sec-WebSocket-Protocol: lupaus\r\n"), std::string::npos);
    EXPECT_EQ(client.handshake().head.find(agent_.text), std::string::npos);
    EXPECT_EQ(client.read().json["type"], "hello");
}

TEST_F(StreamTest, RefusesBeforeTheHandshake) {
    EXPECT_EQ(StreamClient(instance_.port(), "/v1/stream", "").handshake().status, 401);
    EXPECT_EQ(StreamClient(instance_.port(), "/v1/stream?token=" + agent_.text, "").handshake().status, 401);
    EXPECT_EQ(stream(make_integrator_token(desk_.database, account_, {"agents:read"})).handshake().status, 403);
    EXPECT_EQ(stream(agent_, "/v1/stream?cursor=x").handshake().status, 400);
    EXPECT_EQ(get("/v1/stream", agent_).status, 400) << "neither upgrade nor event stream";
}

TEST_F(StreamTest, HearsPresence) {
    auto client = stream(agent_);
    EXPECT_EQ(client.read().json["type"], "hello");
    client.say(R"({"type":"presence","state":"online"})");
    const auto frame = client.read_type("event");
    EXPECT_EQ(frame["event"]["type"], "agent.presence");
    EXPECT_EQ(json(get("/v1/agents/me", agent_))["presence"], "online");
    client.say(R"({"type":"presence","state":"asleep"})");
    EXPECT_NE(client.read_type("error")["detail"].get<std::string>().find("state"), std::string::npos);

    auto machine = stream(make_integrator_token(desk_.database, account_, {"events:read"}));
    machine.say(R"({"type":"presence","state":"online"})");
    EXPECT_EQ(machine.read_type("error")["detail"], "This token speaks for no agent.");
}

TEST_F(StreamTest, TellsTheOtherStreamsWhoIsTyping) {
    Instance elsewhere(desk_);
    auto typist = stream(agent_);
    auto neighbour = stream(admin_);
    StreamClient distant(elsewhere.port(), "/v1/stream", bearer(admin_.text));
    for (auto* client : {&typist, &neighbour, &distant}) {
        EXPECT_EQ(client->read().json["type"], "hello");
    }
    const auto conversation = to_string(desk::ConversationId::make());
    const auto typing = R"({"type":"typing","conversation_id":")" + conversation + R"("})";
    wait_for_listeners(2);
    typist.say(typing);
    for (auto* client : {&neighbour, &distant}) {
        const auto frame = client->read_type("typing");
        EXPECT_EQ(frame["conversation_id"], conversation);
        EXPECT_EQ(frame["agent"]["name"], "Maija");
    }
    typist.say(R"({"type":"viewing","conversation_id":null})");
    EXPECT_TRUE(distant.read_type("viewing")["conversation_id"].is_null());
    typist.say("nonsense");
    EXPECT_EQ(typist.read().json["type"], "error") << "nobody is told of their own typing";
}

TEST_F(StreamTest, EndsWhenTheTokenIsRevoked) {
    auto client = stream(agent_);
    EXPECT_EQ(client.read().json["type"], "hello");
    const auto path = "/v1/tokens/" + to_string(agent_.principal.token);
    EXPECT_EQ(send("DELETE " + path + " HTTP/1.1\r\nHost: desk\r\n" + bearer(admin_.text) + "\r\n").status, 204);
    const auto revoked = std::chrono::steady_clock::now();
    EXPECT_EQ(client.read_type("event")["event"]["type"], "token.revoked");
    const auto farewell = client.read();
    EXPECT_EQ(farewell.close_code, kPolicyViolation) << farewell.json;
    EXPECT_LT(std::chrono::steady_clock::now() - revoked, std::chrono::seconds{5});
}

TEST_F(StreamTest, CutsAReaderThatIsTooSlow) {
    constexpr int kSmallBuffer = 16 * 1024;
    StreamClient slow(instance_.port(), "/v1/stream", bearer(agent_.text), kSmallBuffer);
    auto quick = stream(admin_);
    EXPECT_EQ(slow.read().json["type"], "hello");
    EXPECT_EQ(quick.read().json["type"], "hello");
    const auto data = R"({"filler":")" + std::string(60'000, 'x') + R"("})";
    constexpr int kRounds = 30;
    constexpr int kEach = 20;
    int seen = 0;
    for (int round = 0; round < kRounds; ++round) {
        happen(kEach, data);
        for (int i = 0; i < kEach; ++i) {
            ASSERT_EQ(quick.read().json["event"]["cursor"], ++seen);
        }
    }
    Received last;
    int cursor = 0;
    for (last = slow.read(); last.close_code == 0 && !last.is_over; last = slow.read()) {
        ASSERT_EQ(last.json["event"]["cursor"], ++cursor) << "no gap before the cut";
    }
    EXPECT_EQ(last.close_code, kTryAgainLater);
    EXPECT_EQ(last.reason, "too slow, resume from " + std::to_string(cursor));
    EXPECT_LT(cursor, kRounds * kEach);

    auto again = stream(agent_, "/v1/stream?cursor=" + std::to_string(cursor));
    EXPECT_EQ(again.read().json["cursor"], cursor);
    EXPECT_EQ(again.read().json["event"]["cursor"], cursor + 1);
}

TEST_F(StreamTest, SaysGoodbyeWhenTheServerStops) {
    std::jthread stopping;
    auto client = stream(agent_);
    EXPECT_EQ(client.read().json["type"], "hello");
    stopping = std::jthread([&] { instance_.stop_server(); });
    EXPECT_EQ(client.read().close_code, kGoingAway);
}

class EventStreamTest : public StreamTest {
protected:
    // The next block of fields, as one string.
    static std::string read_block(net::test::RawClient& client) {
        std::string block;
        for (;;) {
            const auto size = std::stoul(client.read_line(), nullptr, 16);
            if (size == 0) {
                return block;
            }
            block += client.read_exactly(size);
            client.read_line();
            if (block.ends_with("\n\n")) {
                return block;
            }
        }
    }

    static void read_head(net::test::RawClient& client) {
        EXPECT_EQ(client.read_line(), "HTTP/1.1 200 OK");
        while (!client.read_line().empty()) {
        }
    }
};

TEST_F(EventStreamTest, SpeaksServerSentEvents) {
    happen(2);
    net::test::RawClient client(instance_.port());
    client.send(
        net::test::get("/v1/stream", bearer(agent_.text) + "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n"));
    read_head(client);
    EXPECT_EQ(read_block(client), "retry: 2000\n\nid: 1\nevent: hello\ndata: {\"cursor\":1}\n\n");
    const auto second = read_block(client);
    EXPECT_TRUE(second.starts_with("id: 2\nevent: team.updated\ndata: {\"id\":")) << second;
    new_team("Support");
    const auto third = read_block(client);
    EXPECT_TRUE(third.starts_with("id: 3\nevent: team.created\ndata: {\"id\":")) << third;
    EXPECT_TRUE(third.ends_with("}\n\n")) << third;
}

}  // namespace
}  // namespace lupaus::inbox::test
