#include "common/s3/verdict.hpp"

#include <gtest/gtest.h>

namespace lupaus::s3 {
namespace {

TEST(Verdict, TellsWhatIsMissingFromWhatIsRefusedAndWhatMayPass) {
    EXPECT_EQ(judge({.status = 200}), Verdict::done);
    EXPECT_EQ(judge({.status = 404}), Verdict::missing);
    EXPECT_EQ(judge({.status = 404, .code = "NoSuchKey"}), Verdict::missing);
    EXPECT_EQ(judge({.status = 404, .code = "NoSuchBucket"}), Verdict::refused);
    EXPECT_EQ(judge({.status = 403, .code = "AccessDenied"}), Verdict::denied);
    EXPECT_EQ(judge({.status = 400, .code = "InvalidArgument"}), Verdict::refused);
    EXPECT_EQ(judge({.status = 307}), Verdict::refused);
    EXPECT_EQ(judge({.status = 204}), Verdict::refused) << "neither a PUT nor a GET is answered so";
    EXPECT_EQ(judge({.status = 400, .code = "RequestTimeout"}), Verdict::later);
    EXPECT_EQ(judge({.status = 429}), Verdict::later);
    EXPECT_EQ(judge({.status = 500, .code = "InternalError"}), Verdict::later);
    EXPECT_EQ(judge({.status = 503, .code = "SlowDown"}), Verdict::later);
}

TEST(Verdict, IsExplainedToAnOperator) {
    EXPECT_EQ(explain({.status = 404, .code = "NoSuchBucket"}, "desk"), "there is no bucket desk");
    EXPECT_EQ(explain({.status = 403, .code = "InvalidAccessKeyId"}, "desk"), "it does not know the access key");
    EXPECT_EQ(explain({.status = 403, .code = "SignatureDoesNotMatch"}, "desk"),
              "the secret key does not belong to the access key");
    EXPECT_EQ(explain({.status = 403, .code = "AccessDenied"}, "desk"),
              "access to the bucket desk is denied (403 AccessDenied): the key needs s3:GetObject, s3:PutObject and "
              "s3:ListBucket");
    EXPECT_EQ(explain({.status = 403, .code = "RequestTimeTooSkewed", .clock_off = -1'200}, "desk"),
              "this machine's clock is 1200 s behind the service's");
    EXPECT_EQ(explain({.status = 403, .code = "RequestTimeTooSkewed", .clock_off = 1'200}, "desk"),
              "this machine's clock is 1200 s ahead of the service's");
    EXPECT_EQ(explain({.status = 301, .code = "PermanentRedirect", .region = "eu-north-1"}, "desk"),
              "the bucket desk is in the region eu-north-1");
    EXPECT_EQ(explain({.status = 503, .code = "SlowDown"}, "desk"), "it answered 503 SlowDown");
    EXPECT_EQ(explain({.status = 502}, "desk"), "it answered 502");
}

TEST(ErrorCode, IsTakenFromTheDocumentWhereItIsOne) {
    EXPECT_EQ(error_code("<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>x</Message></Error>"),
              "NoSuchKey");
    EXPECT_EQ(error_code(""), "");
    EXPECT_EQ(error_code("<html>Bad gateway</html>"), "");
    EXPECT_EQ(error_code("<Code>a\nb</Code>"), "") << "it goes into logs";
    EXPECT_EQ(error_code("<Code>" + std::string(65, 'a') + "</Code>"), "");
    EXPECT_EQ(error_code("<Code>"), "");
}

}  // namespace
}  // namespace lupaus::s3
