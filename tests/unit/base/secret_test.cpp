#include "common/base/secret.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace lupaus {
namespace {

template <class Value>
concept Printable = requires(std::ostream& out, const Value& value) { out << value; };

TEST(Secret, CannotBePrintedOrConverted) {
    static_assert(Printable<std::string>);
    static_assert(!Printable<Secret>);
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<Secret, std::string_view>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
    EXPECT_EQ(Secret("hush").reveal(), "hush");
    EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace lupaus
