#include "common/net/url_guard.hpp"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

namespace lupaus::net {
namespace {

namespace asio = boost::asio;

bool is_refused(const UrlGuard& guard, const std::string& address) {
    return guard.refuse(asio::ip::make_address(address)).has_value();
}

TEST(UrlGuard, RefusesWhatIsNotPublic) {
    const UrlGuard guard;
    for (const auto* address : {
             "0.0.0.0",
             "0.1.2.3",  // this network
             "10.0.0.0",
             "10.255.255.255",
             "172.16.0.1",
             "172.31.255.255",
             "192.168.0.1",
             "192.168.255.255",
             "127.0.0.1",
             "127.255.255.254",  // loopback
             "100.64.0.1",
             "100.127.255.255",
             "100.100.100.200",  // carrier-grade NAT
             "169.254.0.1",
             "169.254.169.254",
             "168.63.129.16",  // link-local, metadata
             "192.0.0.1",
             "192.0.0.192",
             "192.0.2.1",
             "198.51.100.7",
             "203.0.113.255",
             "198.18.0.1",
             "198.19.255.255",
             "192.88.99.1",
             "224.0.0.1",
             "239.255.255.255",
             "240.0.0.1",
             "255.255.255.255",
             "::",
             "::1",
             "::7f00:1",
             "::a00:1",  // unspecified, loopback, v4-compatible
             "::ffff:127.0.0.1",
             "::ffff:10.0.0.1",
             "::ffff:169.254.169.254",
             "64:ff9b::7f00:1",
             "64:ff9b::10.0.0.1",
             "64:ff9b:1::1",
             "64:ff9b:1::8.8.8.8",  // NAT64
             "2002:7f00:1::",
             "2002:a00:1::1",
             "2002:808:808::1",  // 6to4
             "2001:0:4136:e378:8000:63bf:3fff:fdd2",
             "2001::1",  // Teredo
             "2001:db8::1",
             "3fff::1",
             "2001:2::1",
             "2001:10::1",
             "2001:20::1",
             "fc00::1",
             "fd00:ec2::254",
             "fdff::1",
             "fe80::1",
             "febf::1",
             "fec0::1",
             "ff02::1",
             "ff0e::1",
             "100::1",
             "5f00::1",
             "4000::1",
             "2607:f8b0::200:5efe:7f00:1",
             "2607:f8b0::5efe:10.0.0.1",
         }) {
        EXPECT_TRUE(is_refused(guard, address)) << address;
    }
}

TEST(UrlGuard, PermitsPublicAddresses) {
    const UrlGuard guard;
    for (const auto* address : {
             "1.1.1.1",
             "8.8.8.8",
             "9.255.255.255",
             "11.0.0.0",
             "100.63.255.255",
             "100.128.0.0",
             "126.255.255.255",
             "128.0.0.0",
             "169.253.255.255",
             "169.255.0.0",
             "172.15.255.255",
             "172.32.0.0",
             "191.255.255.255",
             "192.0.1.0",
             "192.0.3.0",
             "192.167.255.255",
             "192.169.0.0",
             "198.17.255.255",
             "198.20.0.0",
             "198.51.99.255",
             "198.51.101.0",
             "203.0.112.255",
             "203.0.114.0",
             "223.255.255.255",
             "2606:4700:4700::1111",
             "2001:4860:4860::8888",
             "2a00:1450::1",
             "64:ff9b::8.8.8.8",
             "::ffff:8.8.8.8",
         }) {
        EXPECT_FALSE(is_refused(guard, address)) << address;
    }
}

TEST(UrlGuard, AllowsWhatTheOperatorLists) {
    const UrlGuard guard({parse_cidr("127.0.0.0/8").value(), parse_cidr("fd00::/8").value()});
    EXPECT_FALSE(is_refused(guard, "127.0.0.1"));
    EXPECT_FALSE(is_refused(guard, "::ffff:127.0.0.1"));
    EXPECT_FALSE(is_refused(guard, "fd12::1"));
    EXPECT_TRUE(is_refused(guard, "10.0.0.1"));
    EXPECT_TRUE(is_refused(guard, "fe80::1"));
    EXPECT_TRUE(is_refused(guard, "::1"));
}

TEST(UrlGuard, NamesTheAddressAndTheOption) {
    const auto refusal = UrlGuard().refuse(asio::ip::make_address("169.254.169.254"));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, Errc::forbidden);
    EXPECT_NE(refusal->detail.find("169.254.169.254"), std::string::npos);
    EXPECT_NE(refusal->detail.find("egress.allow"), std::string::npos);
}

TEST(UrlGuard, RefusesLiteralHostsAtOnce) {
    const UrlGuard guard;
    EXPECT_EQ(guard.check("http://127.0.0.1/").error().code, Errc::forbidden);
    EXPECT_EQ(guard.check("http://[::1]:8080/").error().code, Errc::forbidden);
    EXPECT_EQ(guard.check("http://[::ffff:10.0.0.1]/").error().code, Errc::forbidden);
    EXPECT_TRUE(guard.check("https://8.8.8.8/"));
    // Judged when they are resolved.
    for (const auto* url : {"http://localhost/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/"}) {
        EXPECT_TRUE(guard.check(url)) << url;
    }
}

TEST(ParseUrl, TakesUrlsApart) {
    const auto url = parse_url("HTTPS://Example.COM:8443/a/b?c=%20d#fragment").value();
    EXPECT_TRUE(url.is_tls);
    EXPECT_EQ(url.host, "example.com");
    EXPECT_EQ(url.port, 8443);
    EXPECT_EQ(url.target, "/a/b?c=%20d");
    EXPECT_EQ(url.authority(), "example.com:8443");
    EXPECT_EQ(url.origin(), "https://example.com:8443");
    const auto plain = parse_url("http://example.com?x").value();
    EXPECT_EQ(plain.target, "/?x");
    EXPECT_EQ(plain.port, 80);
    EXPECT_EQ(plain.authority(), "example.com");
    EXPECT_EQ(parse_url("https://[2001:DB8::1]:8443").value().authority(), "[2001:db8::1]:8443");
    EXPECT_EQ(parse_url("https://example.com:").value().port, 443);
    EXPECT_EQ(parse_url("http://example.com/a@b:c?d[]=%2F//e").value().target, "/a@b:c?d[]=%2F//e");
    EXPECT_EQ(parse_url("http://[2001:db8::1]").value().port, 80);
}

TEST(ParseUrl, RefusesWhatIsNoCallableUrl) {
    for (const auto* text : {
             "",
             "example.com",
             "/path",
             "//example.com/",
             "ftp://example.com/",
             "file:///etc/passwd",
             "http:example.com",
             "http://",
             "http:///path",
             "http://user@example.com/",
             "http://user:secret@example.com/",
             "http://@host/",
             "http://example.com:0/",
             "http://example.com:65536/",
             "http://example.com:x/",
             "http://example.com:80x/",
             "http://a:b:c/",
             "a: ",
             "http://[::1",
             "http://[::1]x/",
             "http://[::1]80/",
             "http://::1/",
             "http://example.com/%zz",
             "http://example.com/%4",
             "http://exam\\ple.com/",
             "http://example.com\\@evil.example/",
             "http://example.com:+80/",
             "://example.com/",
             "http://exa mple.com/",
             "http://example.com/\r\nX: y",
             "http://ex%61mple.com/",
             "http://[fe80::1%25eth0]/",
             "http://[v1.x]/",
             "http://exa\xC3\xA4mple.com/",
             "javascript:alert(1)",
             "gopher://example.com/",
             "http://example.com/ x",
         }) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, Errc::invalid) << text;
    }
}

TEST(ParseUrl, BoundsTheLength) {
    const std::string start = "http://example.com/";
    EXPECT_TRUE(parse_url(start + std::string(2048 - start.size(), 'a')));
    EXPECT_FALSE(parse_url(start + std::string(2049 - start.size(), 'a')));
}

}  // namespace
}  // namespace lupaus::net
