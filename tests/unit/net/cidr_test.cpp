#include "common/net/cidr.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lupaus::net {
namespace {

namespace asio = boost::asio;

TEST(Cidr, ContainsItsAddresses) {
    const auto net = parse_cidr("10.1.2.0/23").value();
    EXPECT_TRUE(net.contains(asio::ip::make_address("10.1.3.255")));
    EXPECT_FALSE(net.contains(asio::ip::make_address("10.1.4.0")));
    EXPECT_FALSE(net.contains(asio::ip::make_address("::1")));
    EXPECT_TRUE(parse_cidr("0.0.0.0/0").value().contains(asio::ip::make_address("203.0.113.1")));
    EXPECT_TRUE(parse_cidr("::/0").value().contains(asio::ip::make_address("fe80::1")));
    EXPECT_TRUE(parse_cidr("192.0.2.7").value().contains(asio::ip::make_address("192.0.2.7")));
    EXPECT_FALSE(parse_cidr("192.0.2.7").value().contains(asio::ip::make_address("192.0.2.8")));
    const auto odd = parse_cidr("2001:db8:8000::/33").value();
    EXPECT_TRUE(odd.contains(asio::ip::make_address("2001:db8:ffff::1")));
    EXPECT_FALSE(odd.contains(asio::ip::make_address("2001:db8:7fff::1")));
}

TEST(Cidr, RefusesNonsense) {
    for (const auto* text :
         {"", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "::/129", "localhost", "10.0.0/8"}) {
        EXPECT_FALSE(parse_cidr(text)) << text;
    }
}

TEST(Cidr, TakesAMappedAddressForWhatItIs) {
    EXPECT_TRUE(parse_cidr("10.0.0.0/8").value().contains(asio::ip::make_address("::ffff:10.1.2.3")));
    EXPECT_EQ(unmapped(asio::ip::make_address("::ffff:10.1.2.3")), asio::ip::make_address("10.1.2.3"));
    EXPECT_EQ(unmapped(asio::ip::make_address("2001:db8::1")), asio::ip::make_address("2001:db8::1"));
    EXPECT_EQ(unmapped(asio::ip::make_address("10.1.2.3")), asio::ip::make_address("10.1.2.3"));
}

TEST(Cidr, AListContainsWhatAnyOfItContains) {
    const std::vector<Cidr> networks{parse_cidr("10.0.0.0/8").value(), parse_cidr("::1").value()};
    EXPECT_TRUE(contains(networks, asio::ip::make_address("10.1.2.3")));
    EXPECT_TRUE(contains(networks, asio::ip::make_address("::1")));
    EXPECT_FALSE(contains(networks, asio::ip::make_address("11.1.2.3")));
    EXPECT_FALSE(contains({}, asio::ip::make_address("10.1.2.3")));
}

}  // namespace
}  // namespace lupaus::net
