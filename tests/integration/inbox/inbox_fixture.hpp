// A desk with an account, an agent, an admin and one instance of the inbox, spoken to over real sockets.
#pragma once

#include "common/text/json.hpp"
#include "tests/integration/inbox/instance.hpp"
#include "tests/integration/inbox/stream_client.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lupaus::inbox::test {

class InboxTest : public ::testing::Test {
protected:
    explicit InboxTest(const config::Environment& options = {}) : desk_(options), instance_(desk_) {}

    static std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

    net::test::Reply send(const std::string& request) {
        net::test::RawClient client(instance_.port());
        client.send(request);
        return client.read_reply();
    }

    net::test::Reply get(const std::string& target, const support::MadeToken& token, const std::string& fields = "") {
        return send(net::test::get(target, bearer(token.text) + fields));
    }

    net::test::Reply post(const std::string& target, const support::MadeToken& token, const std::string& body,
                          const std::string& fields = "Content-Type: application/json\r\n") {
        return send(net::test::post(target, body, bearer(token.text) + fields));
    }

    StreamClient stream(const support::MadeToken& token, const std::string& target = "/v1/stream") {
        return StreamClient(instance_.port(), target, bearer(token.text));
    }

    static text::Json json(const net::test::Reply& reply) { return text::parse_json(reply.body).value(); }

    std::string new_team(const std::string& name) {
        const auto reply = post("/v1/teams", admin_, R"({"name":")" + name + R"("})");
        EXPECT_EQ(reply.status, 201) << reply.body;
        return json(reply)["id"].get<std::string>();
    }

    support::TestDesk desk_;
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::AgentId maija_ = support::make_agent(desk_.database, account_, {.name = "Maija", .online = false});
    support::MadeToken agent_ = support::make_agent_token(desk_.database, account_, maija_);
    support::MadeToken admin_ = support::make_admin_token(desk_.database, account_);
    Instance instance_;
};

}  // namespace lupaus::inbox::test
