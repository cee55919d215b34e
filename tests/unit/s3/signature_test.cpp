// The requests and signatures are the examples of the Amazon S3 API Reference, "Signature Calculations for the
// Authorization Header: Transferring Payload in a Single Chunk".
#include "common/s3/signature.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

namespace lupaus::s3 {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kAt = std::chrono::sys_days(2013y / std::chrono::May / 24);
constexpr std::string_view kStart =
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,";

Key example_key() {
    return {.access_key = "AKIAIOSFODNN7EXAMPLE",
            .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            .region = "us-east-1"};
}

std::string hash_of(std::string_view bytes) {
    return crypto::hex_encode(crypto::as_bytes(crypto::sha256(bytes)));
}

Unsigned example(std::string method, std::string path, std::string_view body = "") {
    return {.method = std::move(method),
            .path = std::move(path),
            .headers = {{"x-amz-date", "20130524T000000Z"},
                        {"x-amz-content-sha256", hash_of(body)},
                        {"host", "examplebucket.s3.amazonaws.com"}},
            .payload_hash = hash_of(body)};
}

std::string signature_of(const Unsigned& request) {
    const auto value = authorization(request, example_key(), kAt);
    EXPECT_TRUE(value.starts_with(kStart)) << value;
    return value.substr(value.find("Signature=") + 10);
}

TEST(Signature, IsThatOfTheExampleOfGettingAnObject) {
    auto request = example("GET", "/test.txt");
    request.headers.emplace_back("range", "bytes=0-9");
    EXPECT_EQ(canonical_request(request),
              "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
              "x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
              "x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n"
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash_of(canonical_request(request)), "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
    EXPECT_EQ(signature_of(request), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    EXPECT_NE(
        authorization(request, example_key(), kAt).find(",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"),
        std::string::npos);
}

TEST(Signature, IsThatOfTheExampleOfPuttingAnObject) {
    auto request = example("PUT", "/test$file.text", "Welcome to Amazon S3.");
    request.headers.emplace_back("date", "Fri, 24 May 2013 00:00:00 GMT");
    request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
    EXPECT_EQ(signature_of(request), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, IsThatOfTheExamplesWithAQuery) {
    auto lifecycle = example("GET", "/");
    lifecycle.query = {{"lifecycle", ""}};
    EXPECT_EQ(signature_of(lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    auto list = example("GET", "/");
    list.query = {{"prefix", "J"}, {"max-keys", "2"}};
    EXPECT_EQ(signature_of(list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signature, DependsOnEveryPartOfTheRequest) {
    const auto request = example("GET", "/ab/abc");
    const auto signature = signature_of(request);
    auto other = request;
    other.method = "PUT";
    EXPECT_NE(signature_of(other), signature);
    other = request;
    other.path = "/ab/abd";
    EXPECT_NE(signature_of(other), signature);
    other = request;
    other.payload_hash = hash_of("x");
    EXPECT_NE(signature_of(other), signature);
    auto key = example_key();
    key.region = "eu-north-1";
    EXPECT_NE(authorization(request, key, kAt), authorization(request, example_key(), kAt));
    EXPECT_NE(authorization(request, example_key(), kAt + 24h), authorization(request, example_key(), kAt));
}

TEST(Signature, EncodesAPathOnce) {
    EXPECT_EQ(encode_path("/a b/ä/c%2F-._~"), "/a%20b/%C3%A4/c%252F-._~");
}

TEST(Signature, EncodesASlashInAQueryAlone) {
    auto request = example("GET", "/ab/abc");
    request.query = {{"prefix", "a/b"}};
    EXPECT_TRUE(canonical_request(request).starts_with("GET\n/ab/abc\nprefix=a%2Fb\n")) << canonical_request(request);
}

TEST(Signature, WritesItsDateInSeconds) {
    EXPECT_EQ(amz_date(kAt), "20130524T000000Z");
    EXPECT_EQ(amz_date(kAt + 13h + 7min + 9s + 999ms), "20130524T130709Z");
}

}  // namespace
}  // namespace lupaus::s3
