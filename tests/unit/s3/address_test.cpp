#include "common/s3/bucket.hpp"

#include <gtest/gtest.h>

namespace lupaus::s3 {
namespace {

TEST(Address, HasTheBucketInThePathOrInTheHost) {
    const auto in_path = address_of({.endpoint = "https://s3.example:8443", .bucket = "desk", .key = {}});
    EXPECT_EQ(in_path.base, "https://s3.example:8443");
    EXPECT_EQ(in_path.host, "s3.example:8443");
    EXPECT_EQ(in_path.prefix, "/desk/");
    const auto in_host =
        address_of({.endpoint = "https://s3.example", .bucket = "desk", .is_in_host = true, .key = {}});
    EXPECT_EQ(in_host.base, "https://desk.s3.example");
    EXPECT_EQ(in_host.host, "desk.s3.example");
    EXPECT_EQ(in_host.prefix, "/");
}

TEST(Address, LeavesThePortOfItsSchemeOut) {
    EXPECT_EQ(address_of({.endpoint = "http://s3.example:80", .bucket = "desk", .key = {}}).host, "s3.example")
        << "the client's Host field, which is signed, has none either";
}

}  // namespace
}  // namespace lupaus::s3
