#include "common/net/client_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace lupaus::net {
namespace {

namespace asio = boost::asio;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kProxy = "127.0.0.1";

// Trusted are 127.0.0.1, 10.0.0.0/8 and fd00::/8.
std::string client_of(const std::string& peer, const Fields& fields) {
    static const std::vector<Cidr> trusted{parse_cidr("127.0.0.1").value(), parse_cidr("10.0.0.0/8").value(),
                                           parse_cidr("fd00::/8").value()};
    Headers headers;
    for (const auto& [name, value] : fields) {
        headers.add(name, value);
    }
    return client_address(asio::ip::make_address(peer), headers, trusted).to_string();
}

std::string forwarded_for(const std::string& value) {
    return client_of(kProxy, {{"X-Forwarded-For", value}});
}

std::string forwarded(const std::string& value) {
    return client_of(kProxy, {{"Forwarded", value}});
}

TEST(ClientAddress, IsThePeerWhereNoProxyIsTrusted) {
    const Fields spoofed{{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.2"}};
    for (const auto* peer : {"198.51.100.7", "127.0.0.2", "11.0.0.1", "2001:db8::7"}) {
        EXPECT_EQ(client_of(peer, spoofed), peer);
    }
    Headers headers;
    headers.add("X-Forwarded-For", "192.0.2.1");
    EXPECT_EQ(client_address(asio::ip::make_address(kProxy), headers, {}).to_string(), kProxy) << "none is trusted";
}

TEST(ClientAddress, IsThePeerWhereTheProxySaysNothing) {
    EXPECT_EQ(client_of(kProxy, {{"X-Real-IP", "192.0.2.1"}}), kProxy);
}

TEST(ClientAddress, IsTheLastThatIsNoTrustedProxy) {
    EXPECT_EQ(forwarded_for("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(forwarded_for("203.0.113.9, 192.0.2.1"), "192.0.2.1") << "the client itself wrote what stands before";
    EXPECT_EQ(forwarded_for("127.0.0.1,192.0.2.1 , 10.1.2.3,fd00::1"), "192.0.2.1");
    EXPECT_EQ(client_of("::ffff:127.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1")
        << "a dual-stack listener";
}

TEST(ClientAddress, IsTheFirstWhereAllAreTrusted) {
    EXPECT_EQ(forwarded_for("10.0.0.1, 10.0.0.2"), "10.0.0.1");
}

TEST(ClientAddress, ReadsSeveralFieldsAsOneList) {
    EXPECT_EQ(client_of(kProxy, {{"X-Forwarded-For", "203.0.113.9, 192.0.2.1"},
                                 {"Accept", "*/*"},
                                 {"x-forwarded-for", "10.0.0.2, 10.0.0.1"}}),
              "192.0.2.1");
    EXPECT_EQ(client_of(kProxy, {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
}

TEST(ClientAddress, KnowsBothVersionsWithAndWithoutPort) {
    EXPECT_EQ(forwarded_for("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(forwarded_for("[2001:db8::1]"), "2001:db8::1");
    EXPECT_EQ(forwarded_for("[2001:db8::1]:4711"), "2001:db8::1");
    EXPECT_EQ(forwarded_for("192.0.2.1:4711"), "192.0.2.1");
    EXPECT_EQ(forwarded_for("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(forwarded_for("192.0.2.1, ::ffff:10.0.0.1"), "192.0.2.1");
}

// Whoever stands behind what cannot be read is unknown: the last address that is known counts.
TEST(ClientAddress, StopsAtWhatItDoesNotUnderstand) {
    for (const std::string entry : {"unknown", "localhost", "", "1.2.3", "1.2.3.4.5", "256.0.0.1",
                                    "1.2.3.4:", "1.2.3.4:a b", "[::1", "::1]", "[192.0.2.1]", "[::1]x", "2001:db8::1:x",
                                    "fe80::1%eth0", "\"192.0.2.1\"", "for=192.0.2.1", "1.2.3.4 5.6.7.8"}) {
        EXPECT_EQ(forwarded_for(entry), kProxy) << entry;
        EXPECT_EQ(forwarded_for("192.0.2.1, " + entry + ", 10.0.0.9"), "10.0.0.9") << entry;
        EXPECT_EQ(forwarded_for(entry + ", 192.0.2.1"), "192.0.2.1") << entry;
    }
    EXPECT_EQ(forwarded_for(std::string(8'000, '1')), kProxy);
}

TEST(ClientAddress, ReadsForwarded) {
    EXPECT_EQ(forwarded("for=192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(forwarded("proto=https; For=192.0.2.1 ;by=203.0.113.43"), "192.0.2.1");
    EXPECT_EQ(forwarded("for=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
    EXPECT_EQ(forwarded("for=\"192.0.2.1:_port\""), "192.0.2.1");
    EXPECT_EQ(forwarded("for=203.0.113.9, for=192.0.2.1, for=10.0.0.2;proto=http,for=\"[fd00::1]\""), "192.0.2.1");
    EXPECT_EQ(client_of(kProxy, {{"Forwarded", "for=203.0.113.9"}, {"Forwarded", "for=192.0.2.1"}}), "192.0.2.1");
}

TEST(ClientAddress, StopsAtAForwardedElementItDoesNotUnderstand) {
    for (const std::string element :
         {"for=unknown", "for=_hidden", "proto=https", "for", "for=", "for=\"", "for=\"192.0.2.1", "for=192.0.2.1\"",
          "for=2001:db8::1", "for=\"2001:db8::1\"", "for=192.0.2.1;for=192.0.2.2", "", "192.0.2.1"}) {
        EXPECT_EQ(forwarded(element), kProxy) << element;
        EXPECT_EQ(forwarded("for=192.0.2.1, " + element + ", for=10.0.0.9"), "10.0.0.9") << element;
    }
    EXPECT_EQ(forwarded("for=\"x, for=192.0.2.1"), "192.0.2.1") << "an open quote swallows nothing that follows";
}

// Caddy and nginx write X-Forwarded-For and hand on the client's own Forwarded.
TEST(ClientAddress, TakesForwardedOnlyWhereThereIsNoOther) {
    EXPECT_EQ(client_of(kProxy, {{"Forwarded", "for=203.0.113.9"}, {"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
    EXPECT_EQ(client_of(kProxy, {{"X-Forwarded-For", "nonsense"}, {"Forwarded", "for=203.0.113.9"}}), kProxy);
}

}  // namespace
}  // namespace lupaus::net
