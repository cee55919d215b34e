// Promises that are counted by opening hours, in the tables: the calendar's time and the office's, both.
#include "services/desk/hours/rules.hpp"
#include "services/desk/hours/store.hpp"
#include "tests/store/promise/ledger_fixture.hpp"

namespace lupaus::desk::promise {
namespace {

class BusinessTime : public LedgerFixture {
protected:
    // Open every day but for the minutes that begin `closed_ago` before now and last `closed_for`, in UTC.
    HoursId hours_with_a_break(std::chrono::minutes closed_ago, std::chrono::minutes closed_for) {
        const auto now = std::chrono::floor<std::chrono::minutes>(system_now());
        const auto monday = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};
        const auto place = (now - closed_ago - monday).count() % hours::kMinutesPerDay;
        std::vector<hours::Interval> week;
        for (int day = 0; day < 7; ++day) {
            const auto opens = day * hours::kMinutesPerDay + static_cast<int>(place + closed_for.count());
            week.push_back({.open = opens % hours::kMinutesPerWeek,
                            .close = opens % hours::kMinutesPerWeek + hours::kMinutesPerDay -
                                     static_cast<int>(closed_for.count())});
        }
        std::ranges::sort(week);
        return support::make_hours(database, account, week);
    }

    std::string row(PromiseId id) {
        return promise_row(id, "round(elapsed_ms / 60000.0), round(business_ms / 60000.0)");
    }
};

TEST_F(BusinessTime, BothTimesOfAReplyAreStored) {
    support::make_policy(database, account, {.target = 1h, .hours = hours_with_a_break(90min, 60min)});
    const auto answered = answer(start({.ago = 110min}));
    ASSERT_TRUE(answered.settled);
    const auto& promise = answered.settled->promise;
    EXPECT_EQ(row(promise.id), "110 50");
    EXPECT_EQ(promise.outcome, Outcome::kept) << "its hour of office time has not passed";
    EXPECT_EQ(std::chrono::round<std::chrono::minutes>(promise.elapsed.value()), 110min);
    EXPECT_EQ(std::chrono::round<std::chrono::minutes>(promise.business.value()), 50min);
}

TEST_F(BusinessTime, WithoutHoursBothAreTheCalendars) {
    support::make_policy(database, account, {.target = 1h});
    const auto answered = answer(start({.ago = 20min}));
    EXPECT_EQ(row(answered.settled->promise.id), "20 20");
    EXPECT_EQ(answered.settled->promise.business, answered.settled->promise.elapsed);
}

TEST_F(BusinessTime, DueAndLadderStandStillWhileItIsClosed) {
    support::make_policy(database, account, {.target = 2h, .hours = hours_with_a_break(90min, 60min)});
    const auto promise = load(start({.ago = 110min})).owed->id;
    EXPECT_EQ(promise_row(promise, "due_at - opened_at, warn_at - opened_at, leads_at - due_at, account_at - due_at"),
              "03:00:00 02:30:00 01:00:00 02:00:00");
}

TEST_F(BusinessTime, AWaitThatBeganEarlierIsDueEarlierByWhatWasOpen) {
    const auto hours = hours_with_a_break(90min, 60min);
    const auto policy = support::make_policy(database, account, {.target = 2h, .hours = hours});
    const auto id = start({.ago = 20min});
    const auto promise = load(id).owed->id;
    ASSERT_EQ(promise_row(promise, "due_at - opened_at"), "02:00:00");
    look("DELETE FROM policy WHERE id = $1", pqxx::params{to_string(policy)});
    say({.text = "And before that?", .ago = 110min});
    route_once();
    EXPECT_EQ(load(id).owed->id, promise);
    EXPECT_EQ(promise_row(promise, "due_at - opened_at, warn_at - opened_at, leads_at - due_at"),
              "03:00:00 02:30:00 01:00:00");
    EXPECT_EQ(load(id).owed->due_at, *load(id).waiting_since + 3h);
}

TEST_F(BusinessTime, DeletedHoursStillCountWhatWasOpenedUnderThem) {
    const auto hours = hours_with_a_break(90min, 60min);
    const auto policy = support::make_policy(database, account, {.target = 1h, .hours = hours});
    const auto id = start({.ago = 110min});
    look("DELETE FROM policy WHERE id = $1", pqxx::params{to_string(policy)});
    database.as_app(account, [&](Tx& tx) { return hours::remove(tx, account, hours); }).value();
    EXPECT_EQ(row(answer(id).settled->promise.id), "110 50");
}

TEST_F(BusinessTime, ARefusedReplyIsOwedAgainUnderTheSameHours) {
    const auto hours = hours_with_a_break(90min, 60min);
    support::make_policy(database, account, {.target = 1h, .hours = hours});
    const auto reopened = refuse(answer(start({.ago = 110min})).message);
    ASSERT_TRUE(reopened);
    EXPECT_EQ(promise_row(reopened->promise.id, "hours_id, due_at - opened_at"), to_string(hours) + " 02:00:00");
}

TEST_F(BusinessTime, AZoneThatTheMachineDoesNotKnowStopsNothing) {
    const auto hours = hours_with_a_break(90min, 60min);
    look("UPDATE hours SET zone = 'Mars/Olympus_Mons'");
    support::make_policy(database, account, {.target = 1h, .hours = hours});
    EXPECT_EQ(row(answer(start({.ago = 110min})).settled->promise.id), "110 50") << "counted in UTC";
}

// Held for half of its business time, which a night in between does not lengthen.
TEST_F(BusinessTime, AHoldIsMeasuredByTheHours) {
    support::make_policy(database, account, {.target = 20min, .hours = hours_with_a_break(90min, 600min)});
    const auto promise = load(start({.ago = 95min})).owed->id;
    ASSERT_EQ(promise_row(promise, "due_at - opened_at"), "10:20:00");
    database.as_app(account, [&](Tx& tx) { return hold(tx, account, promise, options.route.ladder); });
    EXPECT_EQ(promise_row(promise, "round(extract(epoch FROM held_until - clock_timestamp()))"), "600");
}

}  // namespace
}  // namespace lupaus::desk::promise
