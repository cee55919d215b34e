// Pages of saved views: in order, complete, and never more work than their bound, however many conversations there are.
#include "services/desk/filter/parse.hpp"
#include "services/desk/view/look.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace lupaus::inbox {
namespace {

using desk::conversation::Place;
using desk::conversation::Sort;
using desk::view::kLookedMax;
using desk::view::Look;
using desk::view::Seen;

// One a minute, from now backwards; those of $4 are tagged "rare", and every other one is resolved. All wait, and all
// are owed something, the oldest first.
constexpr Query kFill{"test_fill_looks", R"(
    INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, tags, waiting_since, rank_at, last_message_at, created_at)
    SELECT $1, md5(n::text)::uuid, n, gen_random_uuid(), $2, CASE WHEN n % 2 = 0 THEN 3 ELSE 0 END,
           CASE WHEN n = ANY ($4::int[]) THEN '{rare}'::text[] ELSE '{}' END,
           now() - n * interval '1 minute', now() - n * interval '1 minute', now() - n * interval '1 minute', now()
    FROM generate_series(1, $3::int) n)"};
constexpr Query kNumber{"test_number", "SELECT number FROM conversation WHERE account_id = $1 AND id = $2"};

class ViewLooks : public ConversationTest {
protected:
    void fill(int count, const std::string& rare) {
        look(kFill, pqxx::params{to_string(account_), to_string(channel_.id), count, rare});
    }

    Look wanted(const std::string& filter, Sort sort = Sort::newest, int limit = 26) {
        const auto parsed = desk::filter::parse(text::Json::parse(filter));
        EXPECT_TRUE(parsed.faults.empty());
        return {.account = account_,
                .filter = desk::filter::compile(parsed.filter, {}, {.agent = maija_, .now = now()}),
                .sort = sort,
                .after = {},
                .limit = limit};
    }

    Seen see(const Look& wanted) {
        return desk_.database.as_app(account_, [&](Tx& tx) { return desk::view::look(tx, wanted); });
    }

    std::vector<int> numbers(const std::vector<Place>& places) {
        std::vector<int> found;
        for (const auto& place : places) {
            found.push_back(look(kNumber, pqxx::params{to_string(account_), to_string(place.id)}).at(0, 0).as<int>());
        }
        return found;
    }

    // Of every page; says how many pages it took.
    std::pair<std::vector<int>, int> walk(Look wanted) {
        std::vector<int> found;
        int pages = 0;
        const auto limit = static_cast<std::size_t>(wanted.limit);
        do {
            ++pages;
            const auto seen = see(wanted);
            std::ranges::copy(numbers(seen.found), std::back_inserter(found));
            wanted.after = seen.found.size() == limit ? std::optional(seen.found.back()) : seen.stopped;
        } while (wanted.after && pages < 100);
        return {found, pages};
    }
};

constexpr const char* kRare = R"({"field": "tag", "has": "rare"})";
constexpr const char* kNothing = R"({"field": "tag", "has": "nothing"})";

TEST_F(ViewLooks, FindEverythingInTheirOrder) {
    fill(60, "{3,8,20,21,50}");
    EXPECT_EQ(numbers(see(wanted(kRare)).found), (std::vector{3, 8, 20, 21, 50}));
    EXPECT_EQ(numbers(see(wanted(kRare, Sort::waiting)).found), (std::vector{50, 21, 20, 8, 3}));
    EXPECT_EQ(numbers(see(wanted(kRare, Sort::due)).found), (std::vector{50, 21, 20, 8, 3}));
    EXPECT_EQ(see(wanted(kRare)).stopped, std::nullopt);
    for (const auto sort : {Sort::newest, Sort::due, Sort::waiting}) {
        const auto whole = numbers(see(wanted(kRare, sort)).found);
        EXPECT_EQ(walk(wanted(kRare, sort, 2)).first, whole);
        EXPECT_EQ(walk(wanted(R"({"all": []})", sort, 7)).first.size(), 60u);
    }
}

TEST_F(ViewLooks, StopWhereTheyHaveLookedAtEnoughAndGoOnFromThere) {
    fill(2 * kLookedMax + 10, "{5,2000,2001,4001}");
    for (const auto sort : {Sort::newest, Sort::due, Sort::waiting}) {
        const auto first = see(wanted(kNothing, sort));
        EXPECT_EQ(first.found.size(), 0u);
        ASSERT_TRUE(first.stopped);
        const auto last = numbers({*first.stopped}).front();
        EXPECT_EQ(last, sort == Sort::newest ? kLookedMax : kLookedMax + 11);
        EXPECT_EQ(walk(wanted(kNothing, sort)).second, 3);
        auto found = walk(wanted(kRare, sort)).first;
        std::ranges::sort(found);
        EXPECT_EQ(found, (std::vector{5, 2000, 2001, 4001}));
    }
    const auto at_the_end = see(wanted(kRare));
    EXPECT_EQ(numbers(at_the_end.found), (std::vector{5, 2000})) << "the last one that is looked at matches too";
    EXPECT_EQ(numbers({*at_the_end.stopped}), (std::vector{2000}));
}

TEST_F(ViewLooks, DoNotStopWhereTheBoundIsTheEnd) {
    fill(kLookedMax - 1, "{}");
    EXPECT_EQ(see(wanted(kNothing)).stopped, std::nullopt);
}

// Of which there are none, however many there are of the others.
TEST_F(ViewLooks, PassOverStatesThatCannotMatch) {
    fill(2 * kLookedMax + 10, "{4001,4002}");
    const auto open = std::string(R"({"all": [{"field": "state", "is": "open"}, )") + kRare + "]}";
    const auto [found, pages] = walk(wanted(open));
    EXPECT_EQ(found, (std::vector{4001}));
    EXPECT_EQ(pages, 2) << "half of them are open";
    EXPECT_EQ(walk(wanted(R"({"field": "state", "is": "snoozed"})")).second, 1);
    for (const auto* other : {"1", "2"}) {
        look({"test_in_state", "UPDATE conversation SET state = $1 WHERE state > 0"}, pqxx::params{other});
        EXPECT_EQ(walk(wanted(open)).second, 2) << other;
    }
    look({"test_swap", "UPDATE conversation SET state = 2 - state"});
    const auto snoozed = std::string(R"({"all": [{"field": "state", "is": "snoozed"}, )") + kRare + "]}";
    EXPECT_EQ(walk(wanted(snoozed)).second, 2) << "half of them are snoozed";
}

TEST_F(ViewLooks, SeeTheOwnAccountOnly) {
    fill(10, "{3}");
    auto foreign = wanted(kRare);
    foreign.account = support::make_account(desk_.database, "Elsewhere");
    EXPECT_EQ(
        desk_.database.as_app(foreign.account, [&](Tx& tx) { return desk::view::look(tx, foreign); }).found.size(), 0u);
    EXPECT_EQ(see(foreign).found.size(), 0u);
}

}  // namespace
}  // namespace lupaus::inbox
