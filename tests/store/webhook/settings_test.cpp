#include "tests/store/webhook/webhook_fixture.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Query kSecrets{
    "test_secrets", "SELECT (secret IS NOT NULL)::int + (secret_previous IS NOT NULL)::int FROM webhook WHERE id = $1"};
constexpr Query kRows{"test_rows",
                      "SELECT (SELECT count(*) FROM webhook) + (SELECT count(*) FROM webhook_state) + "
                      "(SELECT count(*) FROM webhook_delivery WHERE state < 2)"};

class WebhookSettings : public WebhookFixture {
protected:
    template <class Work>
    auto as_app(Work work) {
        return database.as_app(account, work);
    }

    void set_disabled(const WebhookKey& key, bool is_disabled) {
        as_app([&](Tx& tx) {
            const auto before = lock(tx, key).value();
            auto after = before;
            after.disabled_at = is_disabled ? std::optional(system_now()) : std::nullopt;
            return update(tx, before, after).has_value();
        });
    }
};

TEST_F(WebhookSettings, EverythingIsReadBackAsItWasWritten) {
    const auto team = support::make_team(database, account, "Support");
    const auto channel = support::make_channel(database, account).id;
    const auto token = support::make_admin_token(database, account).principal.token;
    Webhook wanted;
    wanted.name = "CRM";
    wanted.format = Format::slack;
    wanted.link_url = "https://desk.example/{conversation_id}";
    wanted.filter = {.types = {"alert.*", "message.created"},
                     .teams = {team},
                     .channels = {channel},
                     .token = token,
                     .exclude_own = true};
    wanted.ordered = true;
    const auto key = add_webhook(wanted);
    const auto stored = as_app([&](Tx& tx) { return find(tx, key).value(); });
    EXPECT_EQ(stored.name, "CRM");
    EXPECT_EQ(stored.format, Format::slack);
    EXPECT_EQ(stored.link_url, wanted.link_url);
    EXPECT_EQ(stored.filter.types, wanted.filter.types);
    EXPECT_EQ(stored.filter.teams, wanted.filter.teams);
    EXPECT_EQ(stored.filter.channels, wanted.filter.channels);
    EXPECT_EQ(stored.filter.token, token);
    EXPECT_TRUE(stored.filter.exclude_own && stored.ordered);
    EXPECT_FALSE(stored.rotating || stored.disabled_at);
    EXPECT_EQ(stored.version, 1);
    const auto listed = as_app([&](Tx& tx) { return list(tx, account, std::nullopt, 10); });
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].webhook.id, key.id);
    EXPECT_EQ(listed[0].progress.breaker, Breaker{});
}

TEST_F(WebhookSettings, AnotherAccountsThingsDoNotExist) {
    const auto theirs = support::make_team(database, other, "Theirs");
    Webhook webhook;
    webhook.account = account;
    webhook.id = WebhookId::make();
    webhook.url = "https://example.com/";
    webhook.filter.teams = {theirs};
    const auto refused = as_app([&](Tx& tx) { return create(tx, support::test_box(), webhook); });
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fields.at(0).field, "/team_ids");
    const auto foreign = add_webhook_to(other);
    EXPECT_FALSE(as_app([&](Tx& tx) { return find(tx, {.account = account, .id = foreign.id}).has_value(); }));
    EXPECT_FALSE(as_app([&](Tx& tx) { return lock(tx, {.account = account, .id = foreign.id}).has_value(); }));
}

TEST_F(WebhookSettings, TwoSecretsWhileTheyRotate) {
    const auto key = add_webhook();
    as_app([&](Tx& tx) { return rotate(tx, support::test_box(), key).size(); });
    EXPECT_EQ(ask(kSecrets, pqxx::params{to_string(key.id)}), "2");
    happen("message.created");
    fan_out_once();
    const auto job = claim_some().jobs.at(0);
    ASSERT_EQ(job.sealed_secrets.size(), 2U);
    for (const auto& sealed : job.sealed_secrets) {
        EXPECT_TRUE(support::test_box().open(sealed).has_value());
    }
    as_app([&](Tx& tx) {
        finish_rotation(tx, key);
        return true;
    });
    EXPECT_EQ(ask(kSecrets, pqxx::params{to_string(key.id)}), "1");
}

TEST_F(WebhookSettings, DisablingSetsAsideAndEnablingGoesOn) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    set_disabled(key, true);
    happen("message.created");
    EXPECT_EQ(fan_out_once().deliveries, 0U);
    const auto claimed = claim_some();
    EXPECT_THAT(claimed.jobs, IsEmpty());
    EXPECT_FALSE(claimed.until_next);
    EXPECT_EQ(progress_of(key).cursor, 1);
    set_disabled(key, false);
    EXPECT_EQ(fan_out_once().deliveries, 1U);
    EXPECT_EQ(claim_some().jobs.size(), 2U);
}

TEST_F(WebhookSettings, WhatWasUnderWayWhenItWasDisabledIsSetAsideLater) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    const auto job = claim_some().jobs.at(0);
    set_disabled(key, true);
    conclude_all({ending(job, delivery::Outcome::refused)});
    run(kLetTimePass);
    EXPECT_THAT(claim_some().jobs, IsEmpty());
    EXPECT_EQ(deliveries_of(key).front().state, State::queued);
    EXPECT_FALSE(deliveries_of(key).front().due_at);
}

TEST_F(WebhookSettings, DeletingTakesWhatWaits) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    as_app([&](Tx& tx) {
        lock(tx, key);
        remove(tx, key);
        return true;
    });
    EXPECT_EQ(ask(kRows), "0");
    EXPECT_THAT(claim_some().jobs, IsEmpty());
}

TEST_F(WebhookSettings, OneDeliveryIsReplayedUnlessItIsUnderWay) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    const auto job = claim_some().jobs.at(0);
    const auto again = [&] { return as_app([&](Tx& tx) { return replay(tx, job.key); }); };
    EXPECT_EQ(again().error().code, Errc::conflict);
    conclude_all({ending(job, delivery::Outcome::accepted)});
    EXPECT_EQ(again().value().state, State::queued);
    const auto second = claim_some().jobs.at(0);
    EXPECT_EQ(second.body, job.body);
    EXPECT_EQ(second.attempt - second.base, 1);
    set_disabled(key, true);
    EXPECT_EQ(again().error().code, Errc::conflict);
    const DeliveryKey unknown{.account = account, .webhook = key.id, .event = EventId::make()};
    EXPECT_EQ(as_app([&](Tx& tx) { return replay(tx, unknown); }).error().code, Errc::not_found);
}

TEST_F(WebhookSettings, DeliveriesAreListedNewestFirstAndFailuresAlone) {
    const auto key = add_webhook();
    for (int i = 0; i < 4; ++i) {
        happen("message.created");
    }
    fan_out_once();
    auto end = ending(claim_some(1).jobs.at(0), delivery::Outcome::refused);
    end.step = {.state = State::failed, .wait = {}, .error = "No."};
    conclude_all({end});
    const auto page = [&](bool only_failed, std::optional<DeliveryPlace> before) {
        std::vector<std::int64_t> cursors;
        for (const auto& one : as_app([&](Tx& tx) {
                 return list_deliveries(tx, {.webhook = key, .only_failed = only_failed, .before = before, .limit = 2});
             })) {
            cursors.push_back(one.seq);
        }
        return cursors;
    };
    EXPECT_THAT(page(false, {}), ElementsAre(4, 3));
    const auto third = deliveries_of(key).at(1);
    EXPECT_THAT(page(false, DeliveryPlace{.seq = 3, .event = third.key.event}), ElementsAre(2, 1));
    EXPECT_THAT(page(true, {}), ElementsAre(1));
}

}  // namespace
}  // namespace lupaus::desk::webhook
