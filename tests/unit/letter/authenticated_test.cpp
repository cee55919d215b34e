// Whose word counts for where a mail comes from: the trusted host's alone, about the domain of its From.
#include "services/desk/letter/machine.hpp"
#include "tests/unit/letter/sample_mail.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using support::make_mail;

bool vouched(const std::string& results) {
    return is_authenticated(make_mail("authentication-results", results), "mx.shop.example");
}

TEST(Authenticated, ByDmarcOrByAMethodOfThatDomain) {
    EXPECT_TRUE(vouched("mx.shop.example; dmarc=pass header.from=example.org"));
    EXPECT_TRUE(vouched("mx.shop.example 1; spf=fail; dkim=pass header.d=example.org header.s=k1"));
    EXPECT_TRUE(vouched("MX.Shop.Example; DKIM=Pass Header.I=@Example.org"));
    EXPECT_TRUE(vouched("mx.shop.example; spf=pass smtp.mailfrom=bounces@example.org"));
    EXPECT_TRUE(vouched("mx.shop.example; spf=pass (sender; is fine) smtp.mailfrom=example.org"));
}

TEST(Authenticated, NotByAnotherDomain) {
    EXPECT_FALSE(vouched("mx.shop.example; dkim=pass header.d=example.com"));
    EXPECT_FALSE(vouched("mx.shop.example; dkim=pass header.d=example.org.evil.example"));
    EXPECT_FALSE(vouched("mx.shop.example; dkim=pass header.d=notexample.org"));
    EXPECT_FALSE(vouched("mx.shop.example; spf=pass smtp.mailfrom=example.com"));
    EXPECT_FALSE(vouched("mx.shop.example; dkim=fail header.d=example.org; spf=none; dmarc=fail"));
    EXPECT_FALSE(vouched("mx.shop.example; none"));
    EXPECT_FALSE(vouched(""));
}

TEST(Authenticated, NotByAnotherHost) {
    EXPECT_FALSE(vouched("mx.evil.example; dmarc=pass"));
    EXPECT_FALSE(vouched("mx.shop.example.evil.example; dmarc=pass"));
    EXPECT_FALSE(is_authenticated(make_mail("authentication-results", "; dmarc=pass"), ""));
}

TEST(Authenticated, NotByWhatASenderCanWriteIntoACommentOrQuotes) {
    EXPECT_FALSE(vouched("mx.shop.example; spf=fail (domain of a;dmarc=pass@evil.example) smtp.mailfrom=evil.example"));
    EXPECT_FALSE(vouched("mx.shop.example; spf=fail (a \\) ; dmarc=pass) smtp.mailfrom=evil.example"));
    EXPECT_FALSE(vouched("mx.shop.example; spf=fail smtp.mailfrom=\"a;dmarc=pass\"@evil.example"));
    EXPECT_FALSE(vouched("(mx.shop.example;) mx.evil.example; dmarc=pass"));
}

TEST(Authenticated, NotByAResultBehindAnEscapedOrANestedBracket) {
    EXPECT_FALSE(vouched("mx.shop.example; spf=fail (a (b) ; dmarc=pass) smtp.mailfrom=evil.example"));
    EXPECT_FALSE(vouched("mx.shop.example; spf=fail (\"a) ; dmarc=fail (\" ;dmarc=pass) smtp.mailfrom=evil.example"));
    EXPECT_TRUE(vouched("mx.shop.example; spf=fail (say \" once); dmarc=pass"))
        << "in a comment it is a sign like others";
}

TEST(Authenticated, NotWhereSeveralClaimToBeTheSender) {
    auto mail = make_mail("authentication-results", "mx.shop.example; dmarc=pass");
    EXPECT_TRUE(is_authenticated(mail, "mx.shop.example"));
    mail.from.push_back({.name = "", .address = "evil@evil.example"});
    EXPECT_FALSE(is_authenticated(mail, "mx.shop.example"));
    mail.from.clear();
    EXPECT_FALSE(is_authenticated(mail, "mx.shop.example"));
}

}  // namespace
}  // namespace lupaus::desk::letter
