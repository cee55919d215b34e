#include "services/desk/channel/store.hpp"

#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::channel {
namespace {

using support::TestDatabase;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ChannelStore : public ::testing::Test {
protected:
    TestDatabase database_{};
    AccountId account_ = support::make_account(database_);

    std::optional<Door> door(ChannelId id) {
        const auto find = [id](Tx& tx) { return find_door(tx, id); };
        return database_.worker().run_blocking(Scope::queues(), find);
    }

    static std::string open(const std::string& sealed) { return support::test_box().open(sealed).value(); }
};

TEST_F(ChannelStore, SecretsAreShownOnceAndSealed) {
    const auto made = support::make_channel(database_, account_, {.outbound_url = "https://shop.example/replies"});
    EXPECT_THAT(made.secret, StartsWith("whsec_"));
    ASSERT_TRUE(made.outbound_secret);
    EXPECT_NE(*made.outbound_secret, made.secret);
    const auto found = door(made.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->account, account_);
    EXPECT_EQ(found->secret.find(made.secret), std::string::npos);
    EXPECT_EQ(open(found->secret), made.secret);
    EXPECT_FALSE(found->secret_previous);
    EXPECT_FALSE(support::make_channel(database_, account_).outbound_secret) << "nothing to sign without an address";
}

TEST_F(ChannelStore, TheOldSecretStaysValidUntilTheRotationIsFinished) {
    const auto made = support::make_channel(database_, account_);
    const ChannelKey key{.account = account_, .id = made.id};
    const auto rotate_once = [&](Tx& tx) { return rotate(tx, support::test_box(), key); };
    const auto second = database_.as_app(account_, rotate_once);
    ASSERT_TRUE(second);
    EXPECT_EQ(open(door(made.id)->secret), *second);
    EXPECT_EQ(open(*door(made.id)->secret_previous), made.secret);
    const auto third = database_.as_app(account_, rotate_once);
    EXPECT_EQ(open(door(made.id)->secret), *third);
    EXPECT_EQ(open(*door(made.id)->secret_previous), *second);
    EXPECT_TRUE(database_.as_app(account_, [&](Tx& tx) { return finish_rotation(tx, key); }));
    EXPECT_FALSE(door(made.id)->secret_previous);
}

TEST_F(ChannelStore, AForeignChannelIsNotThere) {
    const auto made = support::make_channel(database_, support::make_account(database_, "Other desk"));
    const ChannelKey key{.account = account_, .id = made.id};
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return find(tx, account_, made.id); }));
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return rotate(tx, support::test_box(), key); }));
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return finish_rotation(tx, key); }));
    EXPECT_THAT(database_.as_app(account_, [&](Tx& tx) { return list(tx, account_, std::nullopt, 10); }), IsEmpty());
}

TEST_F(ChannelStore, ADisabledChannelHasNoDoor) {
    const auto made = support::make_channel(database_, account_);
    auto channel = database_.as_app(account_, [&](Tx& tx) { return find(tx, account_, made.id); }).value();
    channel.disabled_at = system_now();
    channel.name = "Closed";
    channel.skill = "bikes";
    channel.weight = 4;
    ASSERT_TRUE(database_.as_app(account_, [&](Tx& tx) { return update(tx, channel); }));
    EXPECT_FALSE(door(made.id));
    const auto stored = database_.as_app(account_, [&](Tx& tx) { return find(tx, account_, made.id); }).value();
    EXPECT_EQ(stored.name, "Closed");
    EXPECT_EQ(stored.skill, "bikes");
    EXPECT_EQ(stored.weight, 4);
    EXPECT_EQ(stored.version, 2);
}

TEST_F(ChannelStore, ATeamThatDoesNotExistIsNamedAsTheMistake) {
    Channel channel;
    channel.account = account_;
    channel.id = ChannelId::make();
    channel.name = "Website chat";
    channel.team = TeamId::make();
    const auto made = database_.as_app(account_, [&](Tx& tx) { return create(tx, support::test_box(), channel); });
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().fields.at(0).field, "/team_id");
}

}  // namespace
}  // namespace lupaus::desk::channel
