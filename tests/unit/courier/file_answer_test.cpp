#include "services/courier/file_answer.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::courier {
namespace {

using namespace std::chrono_literals;
using desk::delivery::Outcome;
using net::ClientFailure;
using net::ClientStage;
using ::testing::HasSubstr;

const Timestamp kNow = *parse_rfc3339("2026-11-22T10:05:17.900Z");

net::ClientResult answer(int status) {
    net::ClientResult result;
    result.stage = ClientStage::answered;
    result.response.status = status;
    return result;
}

TEST(FileRequest, AsksForTheBytesAsTheyAre) {
    const auto request = make_file_request("https://cdn.example/a", 3s);
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.headers.value_or("Accept-Encoding", ""), "identity");
    EXPECT_EQ(request.response_bytes_max, limits::kAttachmentBytesMax);
    EXPECT_EQ(request.connect_wait, 3s);
    EXPECT_EQ(request.response_wait, 3s);
    EXPECT_EQ(make_file_request("https://cdn.example/a", 60s).connect_wait, limits::kConnectWait);
}

TEST(FileAnswer, IsTheFileAt200Alone) {
    EXPECT_EQ(report_of_file(answer(200), 7, kNow).outcome, Outcome::accepted);
    for (const int status : {201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 410, 451}) {
        const auto report = report_of_file(answer(status), 0, kNow);
        EXPECT_EQ(report.outcome, Outcome::impossible) << status;
        EXPECT_THAT(report.detail, HasSubstr(std::to_string(status)));
    }
    for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
        EXPECT_EQ(report_of_file(answer(status), 0, kNow).outcome, Outcome::refused) << status;
    }
}

TEST(FileAnswer, MaySayWhenToComeAgain) {
    auto busy = answer(503);
    busy.response.headers.add("Retry-After", "7");
    EXPECT_EQ(report_of_file(busy, 0, kNow).retry_after, 7s);
}

TEST(FileAnswer, TellsTooLargeFromCut) {
    auto cut = answer(200);
    cut.response.is_body_cut = true;
    EXPECT_EQ(report_of_file(cut, limits::kAttachmentBytesMax, kNow).outcome, Outcome::impossible);
    EXPECT_EQ(report_of_file(cut, limits::kAttachmentBytesMax - 1, kNow).outcome, Outcome::unknown);
    EXPECT_EQ(report_of_file(answer(200), limits::kAttachmentBytesMax, kNow).outcome, Outcome::accepted);
}

TEST(FileAnswer, MustNotBeCoded) {
    auto coded = answer(200);
    coded.response.headers.add("Content-Encoding", "gzip");
    EXPECT_EQ(report_of_file(coded, 7, kNow).outcome, Outcome::impossible);
    auto plain = answer(200);
    plain.response.headers.add("Content-Encoding", "Identity");
    EXPECT_EQ(report_of_file(plain, 7, kNow).outcome, Outcome::accepted);
}

TEST(FileAnswer, ThatNeverCameMayComeYetUnlessItsAddressIsWrong) {
    net::ClientResult nothing;
    for (const auto failure :
         {ClientFailure::resolve, ClientFailure::connect, ClientFailure::tls, ClientFailure::timeout}) {
        nothing.failure = failure;
        EXPECT_EQ(report_of_file(nothing, 0, kNow).outcome, Outcome::not_sent);
    }
    for (const auto failure : {ClientFailure::bad_url, ClientFailure::refused_by_guard}) {
        nothing.failure = failure;
        EXPECT_EQ(report_of_file(nothing, 0, kNow).outcome, Outcome::impossible);
    }
    nothing.failure = ClientFailure::held;
    EXPECT_EQ(report_of_file(nothing, 0, kNow).outcome, Outcome::called_off);
}

TEST(ContentType, IsWhatTheServerSaidWhereItFitsAHeader) {
    auto said = answer(200).response;
    EXPECT_EQ(content_type_of(said), std::nullopt);
    said.headers.set("Content-Type", "image/png");
    EXPECT_EQ(content_type_of(said), "image/png");
    said.headers.set("Content-Type", "text/plain; charset=\xc3\xa4");
    EXPECT_EQ(content_type_of(said), std::nullopt);
    said.headers.set("Content-Type", std::string(limits::kNameBytesMax + 1, 'x'));
    EXPECT_EQ(content_type_of(said), std::nullopt);
}

}  // namespace
}  // namespace lupaus::courier
