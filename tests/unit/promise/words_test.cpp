#include "tests/unit/promise/promise_sample.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lupaus::desk::promise {
namespace {

TEST(PromiseWords, AreThoseOfTheWireAndTellEveryCodeApart) {
    std::set<std::string_view> words;
    for (int code = 0; code <= 5; ++code) {
        words.insert(to_string(static_cast<Kind>(code)));
        words.insert(to_string(static_cast<Outcome>(code)));
    }
    EXPECT_EQ(words,
              (std::set<std::string_view>{"first_reply", "next_reply", "resolution", "update", "commitment", "feedback",
                                          "kept", "late", "broken", "renegotiated", "waived", "withdrawn"}));
}

}  // namespace
}  // namespace lupaus::desk::promise
