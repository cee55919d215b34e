#include "common/mail/address_list.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view written;
    std::string_view shown;  // name|address, one after the other with a comma
};

std::string show(std::string_view written) {
    std::string shown;
    for (const auto& address : parse_addresses(written).addresses) {
        shown += (shown.empty() ? "" : ", ") + address.name + "|" + address.address;
    }
    return shown;
}

TEST(AddressList, ReadsNamesAndAddresses) {
    const Case cases[] = {
        {"aino@example.net", "|aino@example.net"},
        {"Aino Virtanen <aino@Example.NET>", "Aino Virtanen|aino@example.net"},
        {"Aino.Virtanen@EXAMPLE.net", "|Aino.Virtanen@example.net"},
        {"<aino@example.net>", "|aino@example.net"},
        {"\"Virtanen, Aino\" <aino@example.net>", "Virtanen, Aino|aino@example.net"},
        {"\"Aino \\\"A\\\" V\" <aino@example.net>", "Aino \"A\" V|aino@example.net"},
        {"aino@example.net (Aino Virtanen)", "Aino Virtanen|aino@example.net"},
        {"Aino (a (nested) comment) Virtanen <aino@example.net>", "Aino Virtanen|aino@example.net"},
        {"a@example.net, b@example.net,c@example.net", "|a@example.net, |b@example.net, |c@example.net"},
        {"a@example.net; b@example.net", "|a@example.net, |b@example.net"},
        {"=?utf-8?Q?=C3=84ij=C3=A4?= <aija@example.net>", "Äijä|aija@example.net"},
        {"=?utf-8?Q?=C3=84?= =?utf-8?Q?ij=C3=A4?= <aija@example.net>", "Äijä|aija@example.net"},
        {"\"=?utf-8?Q?Virtanen=2C_Aino?=\" <aino@example.net>", "Virtanen, Aino|aino@example.net"},
        {"\xC3\x84ij\xC3\xA4 <\xC3\xA4ij\xC3\xA4@\xC3\xA4.example>", "Äijä|äijä@ä.example"},
        {"\xC4ij\xE4 <aija@example.net>", "Äijä|aija@example.net"},
        {"\"john doe\"@Example.net", "|\"john doe\"@example.net"},
        {"Aino <\"a@b\"@Example.net>", "Aino|\"a@b\"@example.net"},
        {"aino @ example.net", "|aino@example.net"},
        {"Aino aino@example.net", "Aino|aino@example.net"},
        {"aino@[192.0.2.1]", "|aino@[192.0.2.1]"},
        {"aino@[IPv6:2001:db8::1], b@c.example", "|aino@[ipv6:2001:db8::1], |b@c.example"},
        {"<@one.example,@two.example:aino@example.net>", "|aino@example.net"},
        {"aino@example.net <aino@example.net>", "aino@example.net|aino@example.net"},
        {" folded\r\n name <aino@example.net>\r\n", "folded name|aino@example.net"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(show(one.written), one.shown) << one.written;
    }
}

TEST(AddressList, ReadsGroups) {
    const Case cases[] = {
        {"undisclosed-recipients:;", "undisclosed-recipients|"},
        {"Friends: a@example.net, B <b@example.net>;", "|a@example.net, B|b@example.net"},
        {"Friends: a@example.net;, c@example.net", "|a@example.net, |c@example.net"},
        {"Friends:;, c@example.net", "Friends|, |c@example.net"},
        {"\"Many: friends\":;", "Many: friends|"},
        {"g:g:g:a@example.net", "|a@example.net"},
        {"g:g:g:", "g|"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(show(one.written), one.shown) << one.written;
    }
}

TEST(AddressList, MakesTheBestOfWhatIsBroken) {
    const Case cases[] = {
        {"", ""},
        {" , ,; ", ""},
        {"<>", ""},
        {"MAILER-DAEMON <>", "MAILER-DAEMON|"},
        {"foo", "foo|"},
        {"Aino <aino@example.net", "Aino|aino@example.net"},
        {"Aino <aino@example.net, b@example.net", "Aino|aino@example.net, |b@example.net"},
        {"\"Aino <aino@example.net>", "Aino|aino@example.net"},
        {"Aino <<aino@example.net>>", "Aino|aino@example.net"},
        {"Aino (open <aino@example.net>", "Aino|"},
        {"a@b@example.net", "|a@b@example.net"},
        {"[open", "[open|"},
        {"back\\", "back\\|"},
        {"Aino <aino@exam\x01ple.net>", "Aino|aino@example.net"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(show(one.written), one.shown) << one.written;
    }
}

TEST(AddressList, NeitherRecursesNorTakesQuadraticTime) {
    for (const std::string_view piece :
         {"g:", "(", "\"", "<", "[", "@[", "\\\"", "a,", "\"a\"@", "(a)", "=?a?q?", "<a,", ";:"}) {
        std::string text;
        while (text.size() < 512 * 1024) {
            text += piece;
        }
        const auto begun = std::chrono::steady_clock::now();
        parse_addresses(text);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10)) << piece;
    }
}

}  // namespace
}  // namespace lupaus::mail
