#include "services/desk/inbound/rejection_store.hpp"

#include "tests/store/inbound/inbound_fixture.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::inbound {
namespace {

using namespace std::chrono_literals;

constexpr Query kAge{
    "test_age_rejections",
    "UPDATE rejection SET received_at = received_at - interval '8 days' WHERE external_id = ANY ($1::text[])"};

class Rejections : public InboundFixture {
protected:
    Rejection add(std::string external_id, std::string body = "body") {
        Rejection rejection{.account = account,
                            .channel = channel,
                            .external_id = std::move(external_id),
                            .detail = "/text is required",
                            .body = std::move(body)};
        as_worker([&](Tx& tx) {
            reject(tx, std::span(&rejection, 1));
            return true;
        });
        return rejection;
    }

    std::vector<Rejection> list(const std::optional<RejectionCursor>& before = {}, int limit = 100) {
        return database.as_app(account, [&](Tx& tx) { return list_rejections(tx, account, channel, before, limit); });
    }

    int clean(int limit) {
        return as_worker([&](Tx& tx) { return delete_old_rejections(tx, 7 * 24h, limit); });
    }
};

TEST_F(Rejections, ListsTheNewestFirstPageByPage) {
    std::vector<RejectionId> added;
    for (int i = 0; i < 5; ++i) {
        added.push_back(add("ext-" + std::to_string(i)).id);
    }
    const auto first = list({}, 3);
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(first[0].id, added[4]);
    const auto second = list(RejectionCursor{.received_at = first[2].received_at, .id = first[2].id}, 3);
    ASSERT_EQ(second.size(), 2U);
    EXPECT_EQ(second[1].id, added[0]);
}

TEST_F(Rejections, KeepsEveryByteAndShowsTheBeginning) {
    std::string body(static_cast<std::size_t>(kRejectionPreviewBytes) + 10, 'x');
    body[1] = '\0';
    body[2] = '\xff';
    const auto added = add("ext-1", body);
    EXPECT_EQ(list()[0].body, body.substr(0, kRejectionPreviewBytes));
    EXPECT_EQ(list()[0].body_bytes, static_cast<std::int64_t>(body.size()));
    const auto whole = database.as_app(account, [&](Tx& tx) { return lock_rejection(tx, account, channel, added.id); });
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->body, body);
    EXPECT_EQ(whole->reason, RejectionReason::refused);
}

TEST_F(Rejections, AnotherChannelOrAccountFindsNothing) {
    const auto added = add("ext-1");
    const auto other = support::make_account(database, "Other");
    EXPECT_FALSE(
        database.as_app(account, [&](Tx& tx) { return lock_rejection(tx, account, ChannelId::make(), added.id); }));
    EXPECT_FALSE(database.as_app(other, [&](Tx& tx) { return lock_rejection(tx, account, channel, added.id); }));
}

TEST_F(Rejections, RemembersThatItWasReplayed) {
    const auto added = add("ext-1");
    EXPECT_FALSE(list()[0].replayed_at);
    database.as_app(account, [&](Tx& tx) {
        mark_replayed(tx, account, added.id);
        return true;
    });
    EXPECT_TRUE(list()[0].replayed_at);
}

TEST_F(Rejections, AreForgottenAfterAWeekAFewAtATime) {
    for (int i = 0; i < 5; ++i) {
        add("ext-" + std::to_string(i));
    }
    EXPECT_EQ(clean(10), 0);
    database.as_owner([&](Tx& tx) {
        tx.exec(kAge, pqxx::params{"{ext-0,ext-1,ext-2}"});
        return true;
    });
    EXPECT_EQ(clean(2), 2);
    EXPECT_EQ(clean(2), 1);
    EXPECT_EQ(list().size(), 2U);
}

}  // namespace
}  // namespace lupaus::desk::inbound
