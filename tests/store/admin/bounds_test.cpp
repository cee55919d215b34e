// What an account sets up is bounded, for every routing transaction reads it as a whole.
#include "common/base/limits.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/attribute/store.hpp"
#include "services/desk/canned/store.hpp"
#include "services/desk/view/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/attributes.hpp"
#include "services/inbox/canned.hpp"
#include "services/inbox/views.hpp"
#include "services/inbox/webhooks.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace lupaus::inbox {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct Bounded {
    const char* name;
    int max;
    Handle create;
    const char* body;
    Query fill;  // with so many of an account
};

constexpr const char* kAgentBody = R"({"name": "Maija", "email": "maija@desk.example"})";

const std::vector<Bounded> kBounded{
    {"teams", limits::kTeamsMax, handle_create_team, R"({"name": "Support"})",
     Query{"test_fill_teams",
           "INSERT INTO team (account_id, id, name)"
           " SELECT $1, gen_random_uuid(), 'team ' || n FROM generate_series(1, $2::int) n"}},
    {"agents", limits::kAgentsMax, handle_create_agent, kAgentBody,
     Query{"test_fill_agents",
           "INSERT INTO agent (account_id, id, name, email, role)"
           " SELECT $1, gen_random_uuid(), 'agent', n || '@desk.example', 0 FROM generate_series(1, $2::int) n"}},
    {"channels", limits::kChannelsMax, handle_create_channel, R"({"kind": "webhook", "name": "Chat"})",
     Query{"test_fill_channels",
           "INSERT INTO channel (account_id, id, kind, name)"
           " SELECT $1, gen_random_uuid(), 0, 'chat' FROM generate_series(1, $2::int) n"}},
    {"policies", limits::kPoliciesMax, handle_create_policy, R"({"kind": "first_reply", "target_s": 60})",
     Query{"test_fill_policies",
           "INSERT INTO policy (account_id, id, kind, target_s, leads_after_s, account_after_s)"
           " SELECT $1, gen_random_uuid(), 0, 60, 60, 60 FROM generate_series(1, $2::int) n"}},
    {"opening hours", limits::kHoursMax, handle_create_hours,
     R"({"name": "Support", "zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}})",
     Query{"test_fill_hours",
           "INSERT INTO hours (account_id, id, name, zone, week)"
           " SELECT $1, gen_random_uuid(), 'hours ' || n, 'UTC', '{540,1020}' FROM generate_series(1, $2::int) n"}},
    {"canned replies", desk::canned::kCannedMax, handle_create_canned, R"({"shortcut": "hello", "text": "Hei!"})",
     Query{"test_fill_canned",
           "INSERT INTO canned (account_id, id, shortcut, text)"
           " SELECT $1, gen_random_uuid(), 'c' || n, 'Hei!' FROM generate_series(1, $2::int) n"}},
    {"attributes", desk::attribute::kAttributesMax, handle_create_attribute,
     R"({"applies_to": "contact", "key": "size", "name": "Size", "type": "text"})",
     Query{"test_fill_attributes",
           "INSERT INTO attribute (account_id, id, applies_to, key, name, type)"
           " SELECT $1, gen_random_uuid(), 0, 'k' || n, 'Key', 0 FROM generate_series(1, $2::int) n"}},
    {"shared views", desk::view::kViewsMax, handle_create_view,
     R"({"name": "Mine", "shared": true, "filter": {"all": []}})",
     Query{"test_fill_views",
           "INSERT INTO saved_view (account_id, id, name, filter, sort)"
           " SELECT $1, gen_random_uuid(), 'view', '{\"all\":[]}', 2 FROM generate_series(1, $2::int) n"}},
    {"webhooks", limits::kWebhooksMax, handle_create_webhook, R"({"url": "https://crm.example/events"})",
     Query{"test_fill_webhooks",
           "INSERT INTO webhook (account_id, id, url, secret)"
           " SELECT $1, gen_random_uuid(), 'https://crm.example/', '' FROM generate_series(1, $2::int) n"}},
};

class Bounds : public ::testing::Test {
protected:
    void fill(const Bounded& bounded, int count) {
        desk_.database.as_owner([&](Tx& tx) {
            tx.exec(bounded.fill, pqxx::params{to_string(account_), count});
            return true;
        });
    }

    Result<Answer> call(Handle handle, const std::string& body, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = admin_, .body = body, .id = id});
    }

    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;
};

class EveryBound : public Bounds, public ::testing::WithParamInterface<Bounded> {};

TEST_P(EveryBound, TheLastOneFitsAndOneMoreDoesNot) {
    const auto& bounded = GetParam();
    fill(bounded, bounded.max - 1);
    const auto last = call(bounded.create, bounded.body);
    ASSERT_TRUE(last.has_value()) << last.error().detail;
    std::string other = bounded.body;
    for (const auto* name : {"Maija", "maija", "Support"}) {
        if (const auto at = other.find(name); at != std::string::npos) {
            other.replace(at, std::string_view(name).size(), "Pekka");
        }
    }
    const auto refused = call(bounded.create, other);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_THAT(refused.error().detail, HasSubstr("at most " + std::to_string(bounded.max) + " " + bounded.name));
    const auto elsewhere = support::make_account(desk_.database, "Elsewhere");
    const auto their_admin = support::make_admin_token(desk_.database, elsewhere).principal;
    EXPECT_TRUE(ask(desk_, bounded.create, {.principal = their_admin, .body = other}).has_value());
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryBound, ::testing::ValuesIn(kBounded), [](const auto& instance) {
    std::string name = instance.param.name;
    std::erase(name, ' ');
    return name;
});

TEST_F(Bounds, WhoIsDisabledLeavesRoomAndNeedsItToComeBack) {
    fill(kBounded[1], limits::kAgentsMax - 1);
    const auto maija = read(call(handle_create_agent, kAgentBody))["id"].get<std::string>();
    ASSERT_TRUE(call(handle_edit_agent, R"({"capacity": 3})", maija).has_value()) << "who is there already fits";
    ASSERT_TRUE(call(handle_edit_agent, R"({"disabled": true})", maija).has_value());
    ASSERT_TRUE(call(handle_create_agent, R"({"name": "Pekka", "email": "pekka@desk.example"})").has_value());
    EXPECT_TRUE(call(handle_edit_agent, R"({"name": "Maija M."})", maija).has_value());
    EXPECT_EQ(call(handle_edit_agent, R"({"disabled": false})", maija).error().code, Errc::conflict);
}

TEST_F(Bounds, OfTwoAtOnceOnlyOneIsTheLast) {
    fill(kBounded[0], limits::kTeamsMax - 1);
    const auto add = [this](Tx& tx, const std::string& name) {
        desk::agent::Team team;
        team.account = account_;
        team.id = desk::TeamId::make();
        team.name = name;
        return desk::agent::insert_team(tx, team);
    };
    std::future<Result<void>> second;
    const auto first = desk_.database.as_app(account_, [&](Tx& tx) {
        auto added = add(tx, "first");
        second = std::async(std::launch::async, [&] {
            return desk_.database.as_app(account_, [&](Tx& other) { return add(other, "second"); });
        });
        const auto is_blocked = [&] {
            return desk_.database.as_owner([](Tx& watcher) {
                return watcher
                    .exec({"test_blocked",
                           "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                           " WHERE NOT l.granted AND a.datname = current_database())"})
                    .at(0, 0)
                    .as<bool>();
            });
        };
        while (second.wait_for(0s) != std::future_status::ready && !is_blocked()) {
        }
        return added;
    });
    EXPECT_TRUE(first.has_value());
    EXPECT_EQ(second.get().error().code, Errc::conflict);
}

}  // namespace
}  // namespace lupaus::inbox
