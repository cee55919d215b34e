#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/store.hpp"
#include "tests/store/inbound/inbound_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace lupaus::desk::inbound {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class InboundQueue : public InboundFixture {
protected:
    void accept_some(AccountId owner, int count, bool backlog = false) {
        std::vector<Inbound> batch;
        for (int i = 0; i < count; ++i) {
            batch.push_back(support::make_inbound(owner, channel, "ext-" + std::to_string(next_++)));
            batch.back().backlog = backlog;
        }
        accept(batch);
    }

    std::vector<Queued> claim_from(const Lane& lane, int limit) {
        return as_worker([&](Tx& tx) { return claim(tx, std::span(&lane, 1), limit); });
    }

    Discovery look(std::int64_t from, int rows_max = 100) {
        return as_worker([&](Tx& tx) { return discover(tx, from, rows_max); });
    }

    void fail_all(const std::string& error) {
        std::vector<Failed> failed;
        for (const auto& row : claim_all()) {
            failed.push_back({.row = row, .error = error});
        }
        database.as_worker({account}, [&](Tx& tx) {
            quarantine(tx, failed);
            return true;
        });
    }

    std::vector<Quarantined> quarantined() {
        return database.as_app(account, [&](Tx& tx) { return list_quarantine(tx, account, MessageId{}, 100); });
    }

    AccountId other = support::make_account(database, "Other");
    int next_ = 0;
};

TEST_F(InboundQueue, CarriesCommands) {
    const auto agent = make_uuid_v7();
    database.as_app(account, [&](Tx& tx) {
        push_command(tx, account, Kind::drain);
        push_command(tx, account, Kind::release, agent);
        return true;
    });
    const auto rows = claim_all();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].kind, Kind::drain);
    EXPECT_TRUE(rows[0].subject.is_nil());
    EXPECT_EQ(rows[1].kind, Kind::release);
    EXPECT_EQ(rows[1].subject, agent);
    EXPECT_TRUE(rows[1].payload.empty());
}

TEST_F(InboundQueue, DiscoversAccountsFromAWatermark) {
    accept_some(account, 3);
    accept_some(other, 2);
    const auto all = look(0);
    ASSERT_EQ(all.lanes.size(), 2U);
    EXPECT_EQ(all.lanes[0].account, account);
    EXPECT_EQ(all.lanes[0].rows, 3);
    EXPECT_EQ(all.lanes[1].account, other);
    EXPECT_EQ(all.lanes[1].rows, 2);
    EXPECT_EQ(all.rows, 5);
    EXPECT_FALSE(all.is_cut);
    const auto rest = look(all.lanes[1].from);
    EXPECT_THAT(rest.lanes, ElementsAre(::testing::Field(&Lane::account, other)));
    EXPECT_EQ(rest.highest, all.highest);
    EXPECT_TRUE(look(all.highest + 1).lanes.empty());
    const auto cut = look(0, 4);
    EXPECT_TRUE(cut.is_cut);
    EXPECT_LT(cut.highest, all.highest);
}

TEST_F(InboundQueue, DiscoversTheFirstRowOfEveryAccount) {
    accept_some(account, 3);
    accept_some(other, 2);
    accept_some(account, 1);
    auto all = as_worker([](Tx& tx) { return discover_all(tx, 100); });
    std::ranges::sort(all.lanes, {}, &Lane::from);
    ASSERT_EQ(all.lanes.size(), 2U);
    EXPECT_EQ(all.lanes[0].account, account);
    EXPECT_EQ(all.lanes[1].account, other);
    EXPECT_EQ(all.lanes[0].from, look(0).lanes[0].from);
    EXPECT_EQ(as_worker([](Tx& tx) { return discover_all(tx, 1); }).lanes.size(), 1U);
}

TEST_F(InboundQueue, ALaneHasOneHolder) {
    std::vector<AccountId> lanes{account, other};
    std::ranges::sort(lanes);
    const auto outer = [&](Tx& tx) {
        EXPECT_THAT(try_lanes(tx, std::span(&account, 1)), ElementsAre(account));
        const auto inner = as_worker([&](Tx& second) { return try_lanes(second, lanes); });
        EXPECT_THAT(inner, ElementsAre(other));
        return true;
    };
    as_worker(outer);
    EXPECT_EQ(as_worker([&](Tx& tx) { return try_lanes(tx, lanes); }), lanes);
    EXPECT_THAT(as_worker([&](Tx& tx) { return try_lanes(tx, {}); }), IsEmpty());
}

TEST_F(InboundQueue, ClaimsEachLaneFromItsOwnWatermark) {
    accept_some(account, 3);
    accept_some(other, 3);
    accept_some(account, 1);
    const auto all = look(0);
    const std::vector<Lane> lanes{{.account = account, .from = all.lanes[0].from + 1, .rows = 1},
                                  {.account = other, .from = 0, .rows = 1}};
    const auto rows = as_worker([&](Tx& tx) { return claim(tx, lanes, 2); });
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &Queued::seq));
    EXPECT_EQ(std::ranges::count(rows, account, &Queued::account), 2);
    EXPECT_EQ(rows[0].seq, all.lanes[0].from + 1);
}

TEST_F(InboundQueue, ClaimsWhatCameLiveBeforeTheBacklogThatFillsUp) {
    accept_some(account, 5, true);
    accept_some(account, 2);
    const auto rows = claim_all(0, 4);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_THAT(rows, ElementsAre(Field(&Queued::backlog, false), Field(&Queued::backlog, false),
                                  Field(&Queued::backlog, true), Field(&Queued::backlog, true)));
    EXPECT_LT(rows[0].seq, rows[1].seq);
    EXPECT_LT(rows[2].seq, rows[3].seq);
    EXPECT_LT(rows[3].seq, rows[0].seq) << "seq is the order of arrival still";
    EXPECT_EQ(claim_all(0, 2)[1].id, rows[1].id);
}

TEST_F(InboundQueue, BothKindsOfRowsHaveTheirWatermarks) {
    accept_some(account, 3, true);
    accept_some(account, 3);
    const auto all = look(0).lanes.at(0);
    EXPECT_EQ(all.from, all.backlog_from + 3);
    EXPECT_EQ(all.rows, 6);
    const auto ids = claim_all();
    const auto rows = claim_from({.account = account, .from = all.from + 1, .backlog_from = all.backlog_from + 2}, 100);
    EXPECT_THAT(
        rows, ElementsAre(Field(&Queued::id, ids[1].id), Field(&Queued::id, ids[2].id), Field(&Queued::id, ids[5].id)));
    EXPECT_EQ(claim_from({.account = account, .from = 0}, 100).size(), 3U);
    EXPECT_EQ(claim_from({.account = account, .backlog_from = 0}, 100).size(), 3U);
    EXPECT_THAT(claim_from({.account = account}, 100), IsEmpty());
}

TEST_F(InboundQueue, EveryLookKnowsBothKindsOfRows) {
    accept_some(account, 2, true);
    accept_some(other, 1);
    accept_some(other, 1, true);
    auto all = as_worker([](Tx& tx) { return discover_all(tx, 100); });
    std::ranges::sort(all.lanes, {}, &Lane::backlog_from);
    const auto near = look(0);
    ASSERT_EQ(all.lanes.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(all.lanes[i].account, near.lanes[i].account);
        EXPECT_EQ(all.lanes[i].from, near.lanes[i].from);
        EXPECT_EQ(all.lanes[i].backlog_from, near.lanes[i].backlog_from);
    }
    EXPECT_EQ(all.lanes[0].from, kNowhere);
    EXPECT_EQ(all.lanes[1].backlog_from, all.lanes[1].from + 1);
}

TEST_F(InboundQueue, WhatWasBacklogLeavesTheQueueToo) {
    accept_some(account, 3, true);
    const auto rows = claim_all();
    as_worker([&](Tx& tx) {
        remove(tx, std::span(rows).first(1));
        return true;
    });
    EXPECT_EQ(claim_all().size(), 2U);
    fail_all("no such thing");
    EXPECT_TRUE(claim_all().empty());
    EXPECT_EQ(quarantined().size(), 2U);
}

TEST_F(InboundQueue, RemovesWhatWasRouted) {
    accept_some(account, 3);
    const auto rows = claim_all();
    as_worker([&](Tx& tx) {
        remove(tx, std::span(rows).first(2));
        return true;
    });
    EXPECT_THAT(claim_all(), ElementsAre(::testing::Field(&Queued::id, rows[2].id)));
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_key"), "3");
}

TEST_F(InboundQueue, QuarantineTakesRowsOutAndARetryPutsThemBack) {
    accept_some(account, 2);
    const auto rows = claim_all();
    fail_all("no such thing");
    EXPECT_TRUE(claim_all().empty());
    const auto kept = quarantined();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].error, "no such thing");
    const auto& row = *std::ranges::find(rows, kept[0].id, &Queued::id);
    EXPECT_EQ(kept[0].payload, row.payload);
    EXPECT_EQ(kept[0].received_at, row.received_at);
    const auto retry = [&](Tx& tx) { return retry_quarantined(tx, account, kept[0].id); };
    EXPECT_TRUE(database.as_app(account, retry));
    EXPECT_EQ(database.as_app(account, retry).error().code, Errc::not_found);
    const auto again = claim_all();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].id, kept[0].id);
    EXPECT_EQ(again[0].payload, row.payload);
    EXPECT_EQ(again[0].received_at, row.received_at);
    EXPECT_GT(again[0].seq, rows[1].seq);
    EXPECT_EQ(quarantined().size(), 1U);
}

TEST_F(InboundQueue, CommandsSurviveQuarantine) {
    const auto conversation = make_uuid_v7();
    database.as_app(account, [&](Tx& tx) {
        push_command(tx, account, Kind::wake, conversation);
        return true;
    });
    fail_all("asleep");
    const auto kept = quarantined();
    ASSERT_EQ(kept.size(), 1U);
    database.as_app(account, [&](Tx& tx) { return retry_quarantined(tx, account, kept[0].id); });
    const auto rows = claim_all();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind, Kind::wake);
    EXPECT_EQ(rows[0].subject, conversation);
    EXPECT_TRUE(rows[0].payload.empty());
}

TEST_F(InboundQueue, AForeignAccountCannotRetry) {
    accept_some(account, 1);
    fail_all("x");
    const auto id = quarantined()[0].id;
    EXPECT_FALSE(database.as_app(other, [&](Tx& tx) { return retry_quarantined(tx, account, id); }));
    EXPECT_EQ(quarantined().size(), 1U);
}

TEST_F(InboundQueue, MeasuresItself) {
    EXPECT_EQ(as_worker([](Tx& tx) { return measure_depth(tx, 0); }).rows, 0);
    accept_some(account, 2);
    accept_some(other, 1);
    const auto depth = as_worker([](Tx& tx) { return measure_depth(tx, 0); });
    EXPECT_EQ(depth.rows, 3);
    EXPECT_GE(depth.age.count(), 0);
}

}  // namespace
}  // namespace lupaus::desk::inbound
