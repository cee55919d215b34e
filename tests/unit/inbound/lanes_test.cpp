#include "services/desk/inbound/lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace lupaus::desk::inbound {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Time = Lanes::Time;

AccountId account(int number) {
    AccountId id;
    id.value.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

Discovery found(std::vector<Lane> lanes, std::int64_t highest) {
    Discovery discovery{.lanes = std::move(lanes), .highest = highest};
    for (const auto& lane : discovery.lanes) {
        discovery.rows += lane.rows;
    }
    return discovery;
}

// Past the looks of the start, so that the next one is an ordinary one.
class Started : public ::testing::Test {
protected:
    Started() {
        for (int i = 0; i < 4; ++i) {
            lanes_.saw(now_, lanes_.next_look(now_), {});
        }
    }

    Lanes::Look look(std::chrono::milliseconds later) {
        now_ += later;
        return lanes_.next_look(now_);
    }

    void see(std::vector<Lane> lanes, std::int64_t highest) {
        lanes_.saw(now_, {.from = 1}, found(std::move(lanes), highest));
    }

    std::vector<AccountId> offered(std::int64_t rows, std::size_t lanes_max) {
        std::vector<AccountId> ids;
        for (const auto& lane : lanes_.candidates(rows, lanes_max)) {
            ids.push_back(lane.account);
        }
        return ids;
    }

    Lanes lanes_;
    Time now_{Time::duration(1h)};
};

TEST(Lanes, BeginsWithEverything) {
    Lanes lanes;
    const Time now{Time::duration(1h)};
    const auto first = lanes.next_look(now);
    EXPECT_TRUE(first.in_full);
    lanes.saw(now, first, found({{.account = account(1), .from = 7, .rows = 1}}, 0));
    EXPECT_FALSE(lanes.next_look(now).in_full);
    EXPECT_THAT(lanes.candidates(1, 1), ElementsAre(::testing::Field(&Lane::from, 7)));
}

TEST_F(Started, StaysALittleBehindTheNewestRow) {
    see({{.account = account(1), .from = 90, .rows = 5}}, 100);
    EXPECT_EQ(look(100ms).from, 1);
    EXPECT_EQ(look(101ms).from, 101);
}

TEST_F(Started, LooksFurtherBackMoreRarely) {
    see({}, 100);
    now_ += 2s;
    see({}, 200);
    now_ += 300ms;
    EXPECT_EQ(look(0ms).from, 1);  // five seconds back nothing had been seen
    lanes_.saw(now_, look(0ms), {});
    EXPECT_EQ(look(0ms).from, 201);
    now_ += 4s;
    EXPECT_EQ(look(0ms).from, 101);
    EXPECT_EQ(look(0ms).level, 1U);
}

TEST_F(Started, LooksAtEverythingOnceAMinute) {
    EXPECT_FALSE(look(59s).in_full);
    EXPECT_TRUE(look(1s).in_full);
}

TEST_F(Started, GoesOnWhereALookWasCutOff) {
    auto cut = found({{.account = account(1), .from = 1, .rows = 2000}}, 2000);
    cut.is_cut = true;
    lanes_.saw(now_, lanes_.next_look(now_), cut);
    EXPECT_EQ(look(1ms).from, 2001);
    lanes_.saw(now_, lanes_.next_look(now_), found({{.account = account(2), .from = 2001, .rows = 1}}, 2001));
    EXPECT_EQ(look(1ms).from, 1);
}

TEST_F(Started, OffersALaneOnceUntilItIsGivenBack) {
    see({{.account = account(1), .from = 10, .rows = 3}}, 12);
    EXPECT_THAT(offered(100, 32), ElementsAre(account(1)));
    EXPECT_FALSE(lanes_.has_candidates());
    EXPECT_THAT(offered(100, 32), IsEmpty());
    lanes_.returned(account(1));
    EXPECT_TRUE(lanes_.has_candidates());
    EXPECT_THAT(offered(100, 32), ElementsAre(account(1)));
    lanes_.emptied(account(1));
    EXPECT_EQ(lanes_.size(), 0U);
}

TEST_F(Started, TakesTurnsAndSortsByAccount) {
    see({{.account = account(3), .from = 1, .rows = 1},
         {.account = account(1), .from = 2, .rows = 1},
         {.account = account(2), .from = 3, .rows = 1}},
        3);
    EXPECT_THAT(offered(100, 2), ElementsAre(account(1), account(2)));
    for (int i = 1; i <= 2; ++i) {
        lanes_.returned(account(i));
    }
    EXPECT_THAT(offered(100, 2), ElementsAre(account(1), account(3)));
}

TEST_F(Started, StopsOfferingWhenTheRowsSuffice) {
    see({{.account = account(1), .from = 1, .rows = 500}, {.account = account(2), .from = 2, .rows = 1}}, 501);
    EXPECT_THAT(offered(200, 32), ElementsAre(account(1)));
    EXPECT_THAT(offered(200, 32), ElementsAre(account(2)));
}

TEST_F(Started, AdvancesWithinALane) {
    see({{.account = account(1), .from = 10, .rows = 300}}, 309);
    offered(1, 1);
    lanes_.advanced(account(1), 210);
    EXPECT_EQ(lanes_.candidates(1, 1).front().from, 210);
}

TEST_F(Started, ALiveRowIsClaimedBeforeTheRestOfABacklog) {
    see({{.account = account(1), .backlog_from = 10, .rows = 300}}, 309);
    auto lane = lanes_.candidates(1, 1).front();
    EXPECT_EQ(lane.from, kNowhere);
    EXPECT_EQ(lane.backlog_from, 10);
    see({{.account = account(1), .from = 310, .rows = 1}}, 310);
    lanes_.advanced(account(1), kNowhere, 210);
    lane = lanes_.candidates(1, 1).front();
    EXPECT_EQ(lane.from, 310);
    EXPECT_EQ(lane.backlog_from, 210) << "what was routed of it is not walked again";
    lanes_.advanced(account(1), kNowhere, 210);
    EXPECT_TRUE(lanes_.has_candidates());
    now_ += 61s;
    EXPECT_EQ(lanes_.floor(now_), 210);
    offered(1, 1);
    lanes_.emptied(account(1));
    EXPECT_EQ(lanes_.size(), 0U);
}

TEST_F(Started, DoesNotLoseWhatWasSeenWhileALaneWasTaken) {
    see({{.account = account(1), .from = 10, .rows = 1}}, 10);
    offered(1, 1);
    see({{.account = account(1), .from = 5, .rows = 2}}, 10);  // 5 committed late
    lanes_.emptied(account(1));
    ASSERT_TRUE(lanes_.has_candidates());
    EXPECT_EQ(lanes_.candidates(1, 1).front().from, 5);
}

TEST_F(Started, AStuckLanePinsNobodyElse) {
    see({{.account = account(1), .from = 10, .rows = 1}, {.account = account(2), .from = 11, .rows = 1}}, 100);
    offered(100, 32);
    lanes_.advanced(account(1), 10);
    lanes_.emptied(account(2));
    EXPECT_EQ(look(300ms).from, 101);
    now_ += 61s;
    EXPECT_EQ(lanes_.floor(now_), 10);
}

// ---- what is left of a lane

std::vector<Queued> rows(std::initializer_list<std::int64_t> live, std::initializer_list<std::int64_t> backlog = {}) {
    std::vector<Queued> rows;
    for (const auto seq : live) {
        rows.push_back({.account = account(1), .seq = seq});
    }
    for (const auto seq : backlog) {
        rows.push_back({.account = account(1), .seq = seq, .backlog = true});
    }
    return rows;
}

class RestOfALane : public ::testing::Test {
protected:
    // "live backlog", and "-" where nothing waits.
    std::string rest(const std::vector<Queued>& claimed, const std::vector<Queued>& finished, int limit) const {
        const auto left = rest_of(lane_, claimed, finished, limit);
        const auto word = [](std::int64_t seq) { return seq == kNowhere ? "-" : std::to_string(seq); };
        return word(left.from) + " " + word(left.backlog_from);
    }

    Lane lane_{.account = account(1), .from = 50, .backlog_from = 10, .rows = 1};
};

TEST_F(RestOfALane, IsNothingWhereEverythingWasClaimedAndRouted) {
    EXPECT_EQ(rest(rows({50, 52}, {10}), rows({50, 52}, {10}), 4), "- -");
    EXPECT_EQ(rest({}, {}, 4), "- -");
}

TEST_F(RestOfALane, GoesOnAfterTheLastRowThatWasClaimed) {
    EXPECT_EQ(rest(rows({50, 52}), rows({50, 52}), 2), "53 10") << "its backlog was not reached";
    EXPECT_EQ(rest(rows({50}, {10, 17}), rows({50}, {10, 17}), 3), "- 18") << "what came live was claimed whole";
    EXPECT_EQ(rest(rows({}, {10, 17}), rows({}, {10, 17}), 2), "- 18");
}

TEST_F(RestOfALane, KeepsTheFirstThatWasNotRouted) {
    EXPECT_EQ(rest(rows({50, 52, 53}, {10}), rows({50, 53}, {10}), 9), "52 -");
    EXPECT_EQ(rest(rows({50}, {10, 17, 19}), rows({50}, {10}), 9), "- 17");
    EXPECT_EQ(rest(rows({50, 52}, {10, 17}), rows({52}, {17}), 4), "50 10");
}

TEST_F(RestOfALane, IsNoMatterOfOtherLanes) {
    auto claimed = rows({50});
    claimed.push_back({.account = account(2), .seq = 99});
    EXPECT_EQ(rest(claimed, claimed, 2), "- -");
}

// ---- a property: nothing is lost, however late it is committed

// A queue whose rows commit late and out of order, and a claimer that only ever looks where Lanes tells it to.
class Queue {
public:
    explicit Queue(std::uint32_t seed) : random_(seed) {}

    void write(Time now, std::chrono::milliseconds latest) {
        const auto delay =
            std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, latest.count())(random_));
        rows_[++newest_] = {.account = account(std::uniform_int_distribution<>(1, 5)(random_)),
                            .visible_at = now + delay,
                            .backlog = std::uniform_int_distribution<>(1, 3)(random_) == 1};
    }

    Discovery discover(Time now, std::int64_t from, std::int64_t rows_max) const {
        Discovery discovery;
        for (const auto& [seq, row] : rows_) {
            if (seq < from || row.visible_at > now) {
                continue;
            }
            if (discovery.rows == rows_max) {
                discovery.is_cut = true;
                break;
            }
            ++discovery.rows;
            discovery.highest = seq;
            auto known = std::ranges::find(discovery.lanes, row.account, &Lane::account);
            if (known == discovery.lanes.end()) {
                known = discovery.lanes.insert(known, {.account = row.account});
            }
            ++known->rows;
            auto& first = row.backlog ? known->backlog_from : known->from;
            first = std::min(first, seq);
        }
        discovery.is_cut = discovery.rows == rows_max;
        return discovery;
    }

    std::vector<Queued> claim(Time now, const Lane& lane, std::size_t limit) const {
        std::vector<Queued> claimed;
        for (const bool backlog : {false, true}) {
            for (const auto& [seq, row] : rows_) {
                const bool is_asked = row.account == lane.account && row.backlog == backlog &&
                                      seq >= (backlog ? lane.backlog_from : lane.from) && row.visible_at <= now;
                if (is_asked && claimed.size() < limit) {
                    claimed.push_back({.account = row.account, .seq = seq, .backlog = backlog});
                }
            }
        }
        return claimed;
    }

    void remove(std::int64_t seq) { rows_.erase(seq); }

    std::size_t size() const { return rows_.size(); }

private:
    struct Row {
        AccountId account{};
        Time visible_at{};
        bool backlog = false;
    };

    std::mt19937 random_;
    std::map<std::int64_t, Row> rows_;
    std::int64_t newest_ = 0;
};

class LateCommits : public ::testing::TestWithParam<std::chrono::milliseconds> {};

TEST_P(LateCommits, AreFoundInTime) {
    constexpr std::size_t kLimit = 20;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Queue queue(seed);
        Lanes lanes;
        Time now{Time::duration(1h)};
        const auto step = [&](int writes) {
            for (int i = 0; i < writes; ++i) {
                queue.write(now, GetParam());
            }
            const auto look = lanes.next_look(now);
            lanes.saw(now, look, look.in_full ? queue.discover(now, 0, 1'000'000) : queue.discover(now, look.from, 50));
            for (const auto& lane : lanes.candidates(40, 3)) {
                const auto claimed = queue.claim(now, lane, kLimit);
                for (const auto& row : claimed) {
                    queue.remove(row.seq);
                }
                const auto rest = rest_of(lane, claimed, claimed, kLimit);
                lanes.advanced(lane.account, rest.from, rest.backlog_from);
            }
            now += 10ms;
        };
        for (int i = 0; i < 300; ++i) {
            step(2);
        }
        // The longest intake transaction, the level that covers it, and the steps it takes to claim what was found.
        for (auto rest = GetParam() + 13s; rest > 0ms && queue.size() > 0; rest -= 10ms) {
            step(0);
        }
        EXPECT_EQ(queue.size(), 0U) << "seed " << seed;
        for (int i = 0; i < 5; ++i) {
            step(0);  // lanes whose rows went meanwhile
        }
        EXPECT_EQ(lanes.size(), 0U) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(Lanes, LateCommits, ::testing::Values(0ms, 100ms, 1s, 10s, 50s));

}  // namespace
}  // namespace lupaus::desk::inbound
