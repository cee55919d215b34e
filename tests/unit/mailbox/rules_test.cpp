#include "services/email/mailbox/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::email::mailbox {
namespace {

using namespace std::chrono_literals;

TEST(Resume, GoesOnWhereTheNumbersStillMeanTheSame) {
    const Checkpoint kept{.uid_validity = 17, .uid = 40};
    EXPECT_EQ(resume(kept, 17, 41), kept);
    EXPECT_EQ(resume(kept, 17, 0), kept);
    EXPECT_EQ(resume(kept, 18, 41), (Checkpoint{18, 0}));
    EXPECT_EQ(resume(kept, 17, 40), (Checkpoint{17, 0}));
    EXPECT_EQ(resume({}, 17, 1), (Checkpoint{17, 0}));
}

TEST(Window, GoesForwardInStretchesAndIsOpenAtTheEnd) {
    EXPECT_EQ(next_window(0, 5001, 1000), (Window{1, 1000}));
    EXPECT_EQ(next_window(1000, 5001, 1000), (Window{1001, 2000}));
    EXPECT_EQ(next_window(3999, 5001, 1000), (Window{4000, 4999}));
    EXPECT_EQ(next_window(4000, 5001, 1000), (Window{4001, 0}));
    EXPECT_EQ(next_window(5000, 5001, 1000), (Window{5001, 0}));
    EXPECT_EQ(next_window(7000, 5001, 1000), (Window{7001, 0}));  // mails came since
    EXPECT_EQ(next_window(10, 0, 1000), (Window{11, 0}));         // a server that does not say
    EXPECT_EQ(next_window(4'000'000'000, 4'294'967'295, 2'147'483'648), (Window{4'000'000'001, 0}));
}

TEST(BatchSize, IsBoundedInNumberAndBytes) {
    const std::vector<std::uint64_t> small(limits::kImapBatchMax + 1, 10);
    EXPECT_EQ(batch_size(small), limits::kImapBatchMax);
    const std::vector<std::uint64_t> half(5, limits::kImapBatchBytesMax / 2);
    EXPECT_EQ(batch_size(half), 2U);
    const std::vector<std::uint64_t> large{limits::kImapBatchBytesMax + 1, 1};
    EXPECT_EQ(batch_size(large), 1U);
    const std::vector<std::uint64_t> absurd{UINT64_MAX, UINT64_MAX};
    EXPECT_EQ(batch_size(absurd), 1U);
    const std::vector<std::uint64_t> last{10, UINT64_MAX};
    EXPECT_EQ(batch_size(last), 1U) << "whatever a server says, the sum is one";
    EXPECT_EQ(batch_size({}), 0U);
    EXPECT_EQ(batch_size(small, 2), 2U);
}

TEST(GivingUp, TakesAsManyAttemptsAsTheFaultDeserves) {
    EXPECT_TRUE(is_given_up(Fault::too_large, {.count = 1}));
    EXPECT_FALSE(is_given_up(Fault::malformed, {.count = 1}));
    EXPECT_TRUE(is_given_up(Fault::malformed, {.count = 2}));
    EXPECT_FALSE(is_given_up(Fault::withheld, {.count = limits::kImapAttemptsMax - 1}));
    EXPECT_TRUE(is_given_up(Fault::withheld, {.count = limits::kImapAttemptsMax}));
}

TEST(GivingUp, BlamesTheMailForACutWhereOthersCome) {
    constexpr int kMax = limits::kImapCutsMax;
    constexpr int kBeside = limits::kImapCutsBesideOthers;
    EXPECT_FALSE(is_given_up(Fault::cut, {.count = 1000, .beside_others = kBeside - 1, .alone = kMax - 1}));
    EXPECT_TRUE(is_given_up(Fault::cut, {.count = kBeside, .beside_others = kBeside}));
    EXPECT_TRUE(is_given_up(Fault::cut, {.count = kMax, .alone = kMax}));
}

TEST(Order, PutsOneThatWasCutBehindAnother) {
    using Uids = std::vector<std::uint32_t>;
    EXPECT_EQ(order_of({4, 5, 6}, 0), (Uids{4, 5, 6}));
    EXPECT_EQ(order_of({4, 5, 6}, 1), (Uids{5, 4, 6}));
    EXPECT_EQ(order_of({4, 5, 6}, 2), (Uids{4, 5, 6})) << "the line may cut whatever comes second";
    EXPECT_EQ(order_of({4, 5, 6}, 3), (Uids{5, 4, 6}));
    EXPECT_EQ(order_of({4}, 1), (Uids{4}));
    EXPECT_EQ(order_of({}, 0), Uids{});
}

TEST(Backoff, DoublesWithinBoundsAndVaries) {
    EXPECT_EQ(backoff(0, false, 0.5), 0ms);
    EXPECT_EQ(backoff(1, false, 0.5), 1s);
    EXPECT_EQ(backoff(2, false, 0.5), 2s);
    EXPECT_EQ(backoff(1, false, 0), 750ms);
    EXPECT_LT(backoff(1, false, 0.999), 1250ms);
    EXPECT_EQ(backoff(1000, false, 0.5), 300s);
    EXPECT_EQ(backoff(1, true, 0.5), 120s);
    EXPECT_EQ(backoff(1000, true, 0.5), 300s);
    const Pauses short_ones{.first = 2ms, .login = 5ms, .longest = 9ms};
    EXPECT_EQ(backoff(2, false, 0.5, short_ones), 4ms);
    EXPECT_EQ(backoff(1, true, 0.5, short_ones), 5ms);
    EXPECT_EQ(backoff(9, false, 0.5, short_ones), 9ms);
}

TEST(State, HasAWord) {
    EXPECT_EQ(to_string(State::connecting), "connecting");
    EXPECT_EQ(to_string(State::failing), "failing");
}

TEST(TooLarge, SaysHowLarge) {
    EXPECT_EQ(too_large(limits::kImapMailBytesMax), "");
    EXPECT_EQ(too_large(26214401), "The mail has 26214401 bytes; at most 26214400 are fetched.");
}

}  // namespace
}  // namespace lupaus::email::mailbox
