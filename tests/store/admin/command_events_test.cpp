// The log says the same of an act, whether the command line or the API did it; only the actor differs.
#include "services/inbox/admin.hpp"
#include "tests/store/admin/command_runner.hpp"
#include "tests/store/admin/endpoint_call.hpp"

namespace lupaus::cli {
namespace {

using ::testing::ElementsAre;

struct Entry {
    std::string type;
    text::Json data;
    std::string actor;  // type, id, token
};

// Ids, times and what is random become their kind.
text::Json without_chance(text::Json json) {
    for (auto& [name, value] : json.items()) {
        if (value.is_structured()) {
            value = without_chance(value);
        } else if (value.is_string()) {
            const auto text = value.get<std::string>();
            if (parse_uuid(text)) {
                value = "an id";
            } else if (parse_rfc3339(text)) {
                value = "a time";
            } else if (json.is_object() && (name == "prefix" || name == "path")) {
                value = "a " + name;
            }
        }
    }
    return json;
}

class CommandEvents : public ::testing::Test {
protected:
    std::string call(inbox::Handle handle, const std::string& body, const std::string& id = {}) {
        const auto answer = inbox::ask(desk_, handle, {.principal = admin_, .body = body, .id = id});
        EXPECT_TRUE(answer.has_value()) << body;
        return answer && !answer->body.empty() ? inbox::read(answer)["id"].get<std::string>() : std::string();
    }

    std::vector<Entry> log(const std::string& account) {
        std::vector<Entry> entries;
        const auto read = [&account](Tx& tx) {
            return tx.exec({"read_log",
                            "SELECT type, data::text, concat_ws(' ', actor_type, actor_id, token_id) FROM event "
                            "WHERE account_id = $1 ORDER BY seq"},
                           pqxx::params{account});
        };
        for (const auto& row : desk_.database.as_owner(read)) {
            entries.push_back({.type = row[0].as<std::string>(),
                               .data = without_chance(text::parse_json(row[1].as<std::string>()).value()),
                               .actor = row[2].as<std::string>()});
        }
        return entries;
    }

    // Everything that commands can do to an account, in one order.
    std::string act_by_command() {
        const auto account = runner_.made({"account", "create", "--name", "By command"});
        const auto run = [&](std::vector<std::string> words) {
            words.insert(words.end(), {"--account", account});
            return runner_.made(words);
        };
        const auto team = run({"team", "add", "--name", "Support", "--mode", "pull", "--wrap-up", "30s"});
        run({"agent", "add", "--name", "Leena", "--email", "leena@desk.example", "--role", "lead", "--team", team,
             "--skill", "bikes", "--capacity", "3"});
        const auto channel = run({"channel", "add", "--kind", "webhook", "--name", "Chat", "--team", team, "--weight",
                                  "2", "--outbound-url", "https://shop.example/replies"});
        run({"channel", "rotate", "--id", channel});
        run({"channel", "rotate", "--id", channel, "--finish"});
        run({"policy", "add", "--kind", "first_reply", "--target", "2m", "--channel", channel, "--priority", "high"});
        const auto token =
            run({"token", "issue", "--role", "integrator", "--scope", "events:read", "--name", "Mirror"});
        run({"token", "revoke", "--id", token});
        run({"token", "revoke", "--id", token});
        return account;
    }

    void act_by_api() {
        call(inbox::handle_issue_token, R"({"role": "admin", "name": "first administrator"})");
        const auto team = call(inbox::handle_create_team, R"({"name": "Support", "mode": "pull", "wrap_up_s": 30})");
        const auto agent = call(inbox::handle_create_agent,
                                R"({"name": "Leena", "email": "leena@desk.example", "role": "lead", "capacity": 3,
                                    "skills": ["bikes"], "team_ids": [")" +
                                    team + R"("]})");
        call(inbox::handle_issue_token, R"({"agent_id": ")" + agent + R"("})");
        const auto channel = call(inbox::handle_create_channel,
                                  R"({"kind": "webhook", "name": "Chat", "weight": 2,
                                      "outbound_url": "https://shop.example/replies", "team_id": ")" +
                                      team + R"("})");
        call(inbox::handle_rotate_secret, "{}", channel);
        call(inbox::handle_finish_rotation, "{}", channel);
        call(inbox::handle_create_policy,
             R"({"kind": "first_reply", "target_s": 120, "priority": "high", "channel_id": ")" + channel + R"("})");
        const auto token =
            call(inbox::handle_issue_token, R"({"role": "integrator", "scopes": ["events:read"], "name": "Mirror"})");
        call(inbox::handle_revoke_token, "{}", token);
        call(inbox::handle_revoke_token, "{}", token);
    }

    support::TestDesk desk_{};
    CommandRunner runner_{desk_.database};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;
};

TEST_F(CommandEvents, AreThoseOfTheApi) {
    const auto commands = log(act_by_command());
    act_by_api();
    const auto calls = log(to_string(account_));
    ASSERT_EQ(commands.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(commands[i].type, calls[i].type);
        EXPECT_EQ(commands[i].data, calls[i].data) << calls[i].type;
        EXPECT_EQ(commands[i].actor, "3") << "the system, and nobody's token";
    }
}

TEST_F(CommandEvents, TellEveryActOnce) {
    std::vector<std::string> types;
    for (const auto& entry : log(act_by_command())) {
        types.push_back(entry.type);
    }
    EXPECT_THAT(types,
                ElementsAre("token.issued", "team.created", "agent.created", "token.issued", "channel.created",
                            "channel.updated", "channel.updated", "policy.created", "token.issued", "token.revoked"));
}

TEST_F(CommandEvents, ARevokedTokenIsToldWithTheTimeOfItsEnd) {
    const auto entries = log(act_by_command());
    EXPECT_EQ(entries.back().data["token"]["revoked_at"], "a time");
}

TEST_F(CommandEvents, NothingIsToldOfWhatFailed) {
    const auto account = runner_.made({"account", "create", "--name", "By command"});
    EXPECT_EQ(runner_.run({"agent", "add", "--account", account, "--name", "M", "--email", "m@desk.example", "--team",
                           to_string(desk::TeamId::make())}),
              kFailed);
    EXPECT_EQ(log(account).size(), 1U);
}

}  // namespace
}  // namespace lupaus::cli
