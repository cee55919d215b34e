#include "services/inbox/file_link.hpp"

#include "common/net/target.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;

const crypto::SecretBox kBox{Secret(std::string(32, 'k'))};
const Uuid kName = *parse_uuid("4f0c6a53-9f57-4f5e-8a3c-2f1f6a0f9f6d");
const Timestamp kExpiry = *parse_rfc3339("2026-11-22T10:10:17.000Z");

net::Request request_for(std::string_view link) {
    net::Request request;
    const auto question = link.find('?');
    request.params = {{"name", std::string(link.substr(kFilesPath.size(), question - kFilesPath.size()))}};
    request.query = net::parse_query(link.substr(question + 1)).value();
    return request;
}

Errc refusal(const net::Request& request, Timestamp now, const crypto::SecretBox& box = kBox) {
    const auto opened = open_link(box, request, now);
    return opened ? Errc::internal : opened.error().code;
}

TEST(FileLink, NamesItsFileUntilItExpires) {
    const auto request = request_for(make_link(kBox, kName, kExpiry));
    EXPECT_EQ(open_link(kBox, request, kExpiry - 1ms).value(), kName);
    EXPECT_EQ(refusal(request, kExpiry), Errc::forbidden);
}

TEST(FileLink, IsNotFoundOnceAnythingInItIsChanged) {
    const auto link = make_link(kBox, kName, kExpiry);
    auto later = request_for(link);
    later.query[0].value = "9999999999";
    EXPECT_EQ(refusal(later, kExpiry - 1s), Errc::not_found);
    auto other = request_for(link);
    other.params[0].value = "4f0c6a53-9f57-4f5e-8a3c-2f1f6a0f9f6e";
    EXPECT_EQ(refusal(other, kExpiry - 1s), Errc::not_found);
    auto no_name = request_for(link);
    no_name.params[0].value = "photo.jpg";
    EXPECT_EQ(refusal(no_name, kExpiry - 1s), Errc::not_found);
    auto unsigned_one = request_for(link);
    unsigned_one.query.clear();
    EXPECT_EQ(refusal(unsigned_one, kExpiry - 1s), Errc::not_found);
}

TEST(FileLink, OfAnotherDeskIsNotFound) {
    const crypto::SecretBox other{Secret(std::string(32, 'o'))};
    EXPECT_EQ(refusal(request_for(make_link(kBox, kName, kExpiry)), kExpiry - 1s, other), Errc::not_found);
}

}  // namespace
}  // namespace lupaus::inbox
