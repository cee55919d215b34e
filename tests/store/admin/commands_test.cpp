// The operator's commands against a database, with everything that a shell script would see of them.
#include "common/base/limits.hpp"
#include "common/crypto/token.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/policy/store.hpp"
#include "services/desk/token/store.hpp"
#include "tests/store/admin/command_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lupaus::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class AdminCommands : public ::testing::Test {
protected:
    int run(const std::vector<std::string>& words) { return runner_.run(words); }

    text::Json answer(const std::vector<std::string>& words) { return runner_.answer(words); }

    std::string made(const std::vector<std::string>& words) { return runner_.made(words); }

    std::optional<desk::token::Principal> who(const std::string& token) {
        const auto find = [&token](Tx& tx) { return desk::token::find_principal(tx, crypto::token_hash(token)); };
        return database_.app().run_blocking(Scope::queues(), find);
    }

    support::TestDatabase database_{};
    CommandRunner runner_{database_};
    const std::string& out_ = runner_.out;
    const std::string& err_ = runner_.err;
};

TEST_F(AdminCommands, ADeskIsSetUpFromNothing) {
    const auto account = answer({"account", "create", "--name", "Demo desk"});
    const auto account_id = account["id"].get<std::string>();
    const auto admin = who(account["admin_token"].get<std::string>());
    ASSERT_TRUE(admin);
    EXPECT_EQ(admin->role, desk::agent::Role::admin);
    EXPECT_EQ(to_string(admin->account), account_id);

    const auto team =
        made({"team", "add", "--account", account_id, "--name", "Support", "--mode", "pull", "--wrap-up", "30s"});
    const auto agent =
        answer({"agent", "add", "--account", account_id, "--name", "Leena", "--email", "Leena@desk.example", "--role",
                "lead", "--team", team, "--skill", "bikes", "--skill", "skis", "--capacity", "3"});
    const auto leena = who(agent["token"].get<std::string>());
    ASSERT_TRUE(leena);
    EXPECT_EQ(leena->role, desk::agent::Role::lead);
    const auto stored = database_.as_app(
        admin->account, [&](Tx& tx) { return desk::agent::find(tx, admin->account, leena->agent, {}).value(); });
    EXPECT_EQ(stored.email, "leena@desk.example");
    EXPECT_EQ(stored.capacity, 3);
    EXPECT_EQ(stored.skills, (std::vector<std::string>{"bikes", "skis"}));
    EXPECT_EQ(to_string(stored.teams.at(0)), team);

    made({"policy", "add", "--account", account_id, "--kind", "first_reply", "--target", "2m", "--priority", "urgent"});
    const auto policies =
        database_.as_app(admin->account, [&](Tx& tx) { return desk::policy::list(tx, admin->account, {}, 9); });
    ASSERT_EQ(policies.size(), 1u);
    EXPECT_EQ(policies[0].leads_after, std::chrono::minutes{1});
    EXPECT_EQ(policies[0].priority, desk::conversation::Priority::urgent);
}

TEST_F(AdminCommands, AChannelsSecretsAreSealedWithTheKeyFile) {
    const auto account = made({"account", "create", "--name", "Demo desk"});
    const auto channel = answer({"channel", "add", "--account", account, "--kind", "webhook", "--name", "Chat",
                                 "--outbound-url", "http://127.0.0.1:9/replies"});
    const auto id = channel["id"].get<std::string>();
    EXPECT_EQ(channel["path"], "/hooks/webhook/" + id);
    EXPECT_THAT(channel["outbound_secret"].get<std::string>(), StartsWith("whsec_"));
    const auto door = [&] {
        const auto find = [&](Tx& tx) { return desk::channel::find_door(tx, *parse_id<desk::ChannelId>(id)).value(); };
        return database_.worker().run_blocking(Scope::queues(), find);
    };
    const crypto::SecretBox box{Secret(std::string(32, '\xaa'))};
    EXPECT_EQ(box.open(door().secret).value(), channel["secret"].get<std::string>());
    const auto rotated = answer({"channel", "rotate", "--account", account, "--id", id});
    EXPECT_EQ(box.open(door().secret).value(), rotated["secret"].get<std::string>());
    EXPECT_TRUE(door().secret_previous);
    answer({"channel", "rotate", "--account", account, "--id", id, "--finish"});
    EXPECT_FALSE(door().secret_previous);

    runner_.environment.erase("LUPAUS_SECRET_KEY_FILE");
    EXPECT_EQ(run({"channel", "rotate", "--account", account, "--id", id}), kFailed);
    EXPECT_THAT(err_, HasSubstr("secret.key_file"));
}

TEST_F(AdminCommands, ATokenIsIssuedAndRevoked) {
    const auto account = made({"account", "create", "--name", "Demo desk"});
    const auto token = answer(
        {"token", "issue", "--account", account, "--role", "integrator", "--scope", "agents:read", "--expires", "30d"});
    EXPECT_TRUE(who(token["token"].get<std::string>()));
    answer({"token", "revoke", "--account", account, "--id", token["id"].get<std::string>()});
    EXPECT_FALSE(who(token["token"].get<std::string>()));
}

TEST_F(AdminCommands, AFailureChangesNothingAndSaysWhy) {
    const auto account = made({"account", "create", "--name", "Demo desk"});
    const auto nobody = to_string(desk::AccountId::make());
    made({"team", "add", "--account", account, "--name", "Support"});
    const std::vector<std::pair<std::vector<std::string>, std::string>> failures{
        {{"team", "add", "--account", account, "--name", "Support"}, "already"},
        {{"team", "add", "--account", nobody, "--name", "Support"}, "account"},
        {{"agent", "add", "--account", account, "--name", "M", "--email", "m@d.example", "--team", nobody}, "team"},
        {{"agent", "add", "--account", account, "--name", "M", "--email", "nowhere"}, "--email"},
        {{"policy", "add", "--account", account, "--kind", "first_reply", "--target", "2"}, "--target"},
        {{"agent", "add", "--account", account, "--name", "M", "--email", "m@d.example", "--role", "integrator"},
         "--role knows no \"integrator\", only: agent, lead, admin"},
        {{"agent", "add", "--account", account, "--name", "M", "--email", "m@d.example", "--team", nobody}, "--team"},
        {{"policy", "add", "--account", account, "--kind", "first_reply", "--target", "2m", "--team", nobody},
         "--team"},
        {{"policy", "add", "--account", account, "--kind", "first_reply", "--target", "2m", "--warn-lead", "3m"},
         "--warn-lead"},
        {{"token", "issue", "--account", account, "--role", "integrator", "--scope", "all"}, "--scope"},
        {{"token", "issue", "--account", account, "--role", "integrator"}, "--scope needs"},
        {{"token", "issue", "--account", account, "--role", "lead"}, "--role knows no \"lead\""},
        {{"token", "issue", "--account", account, "--agent", nobody}, "--agent"},
        {{"token", "revoke", "--account", account, "--id", nobody}, "token"},
    };
    for (const auto& [words, reason] : failures) {
        EXPECT_EQ(run(words), kFailed) << out_;
        EXPECT_THAT(out_, IsEmpty());
        EXPECT_THAT(err_, HasSubstr(reason));
    }
    const auto counts = database_.as_owner([](Tx& tx) {
        return tx.exec({"count_all",
                        "SELECT (SELECT count(*) FROM agent), (SELECT count(*) FROM token), "
                        "(SELECT count(*) FROM team), (SELECT count(*) FROM policy)"});
    });
    EXPECT_EQ(counts.at(0, 0).as<int>(), 0);
    EXPECT_EQ(counts.at(0, 1).as<int>(), 1) << "the administrator's";
    EXPECT_EQ(counts.at(0, 2).as<int>(), 1);
    EXPECT_EQ(counts.at(0, 3).as<int>(), 0);
}

TEST_F(AdminCommands, AnAccountNeedsNoNameWhileItIsTheOnlyOne) {
    EXPECT_EQ(run({"team", "add", "--name", "Support"}), kFailed);
    EXPECT_THAT(err_, HasSubstr("lupaus account create"));
    const auto first = made({"account", "create", "--name", "Demo desk"});
    const auto team = made({"team", "add", "--name", "Support"});
    made({"agent", "add", "--name", "Eva", "--email", "eva@desk.example", "--team", team});
    const auto channel = made({"channel", "add", "--kind", "webhook", "--name", "Chat"});
    answer({"channel", "rotate", "--id", channel});
    answer({"channel", "rotate", "--id", channel, "--finish"});
    made({"policy", "add", "--kind", "first_reply", "--target", "2m"});
    const auto token = made({"token", "issue", "--role", "admin"});
    answer({"token", "revoke", "--id", token});

    const auto second = made({"account", "create", "--name", "Other desk"});
    EXPECT_EQ(run({"team", "add", "--name", "Billing"}), kFailed);
    EXPECT_THAT(err_, StartsWith("lupaus: --account is needed"));
    for (const auto* words : {"Demo desk", "Other desk", first.c_str(), second.c_str()}) {
        EXPECT_THAT(err_, HasSubstr(words));
    }
    EXPECT_EQ(run({"team", "add", "--account", "", "--name", "Billing"}), kFailed) << "a variable that is not set";
    const auto names = database_.as_owner(
        [](Tx& tx) { return tx.exec({"list_names", "SELECT string_agg(name || account_id::text, ' ') FROM team"}); });
    EXPECT_EQ(names.at(0, 0).as<std::string>(), "Support" + first);
}

TEST_F(AdminCommands, AccountsAreListedPageByPage) {
    EXPECT_TRUE(answer({"account", "list"})["items"].empty());
    for (int i = 0; i < limits::kPageMax + 3; ++i) {
        support::make_account(database_, "Desk " + std::to_string(i));
    }
    const auto first = answer({"account", "list"});
    ASSERT_EQ(first["items"].size(), static_cast<std::size_t>(limits::kPageMax));
    EXPECT_EQ(first["next"], first["items"].back()["id"]);
    const auto second = answer({"account", "list", "--after", first["next"].get<std::string>()});
    ASSERT_EQ(second["items"].size(), 3U);
    EXPECT_TRUE(second["next"].is_null());
    std::set<std::string> names;
    for (const auto& page : {first, second}) {
        for (const auto& account : page["items"]) {
            names.insert(account["name"].get<std::string>());
        }
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(limits::kPageMax + 3));
    EXPECT_EQ(run({"team", "add", "--name", "Support"}), kFailed);
    EXPECT_THAT(err_, HasSubstr("lupaus account list"));
}

TEST_F(AdminCommands, MigratingAgainAppliesNothing) {
    const auto report = answer({"migrate"});
    EXPECT_GT(report["version"].get<int>(), 0);
    EXPECT_TRUE(report["applied"].empty());
}

}  // namespace
}  // namespace lupaus::cli
