// The store in a bucket against a service that does what a test wants; tests/e2e/test_bucket.py has a real one.
#include "common/blob/bucket_store.hpp"
#include "common/base/limits.hpp"
#include "common/base/uuid.hpp"
#include "common/blob/probe.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>

namespace lupaus::blob {
namespace {

namespace fs = std::filesystem;
using net::test::PeerConnection;
using net::test::ScriptedPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto* kAbcTarget = "/desk/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string kGone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const std::string kTaken = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n";
const std::string kBusy =
    "HTTP/1.1 503 Slow Down\r\nContent-Length: 37\r\n\r\n<Error><Code>SlowDown</Code></Error>\r\n";

std::string answer(std::string_view status, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

// Answers requests with what was told, in order; then closes.
class Service {
public:
    explicit Service(std::vector<std::string> answers)
        : answers_(std::move(answers)), peer_([this](PeerConnection& connection) { serve(connection); }) {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(peer_.port()); }

    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> lines;
        for (const auto& request : requests_) {
            lines.push_back(request.substr(0, request.find(" HTTP/")));
        }
        return lines;
    }

    std::string request(std::size_t number) {
        const std::lock_guard lock(mutex_);
        return requests_.at(number);
    }

private:
    void serve(PeerConnection& connection) {
        for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
            if (answers_.size() < requests_.size() || answers_[requests_.size() - 1].empty()) {
                return;  // the connection is cut
            }
            connection.send(answers_[requests_.size() - 1]);
            if (answers_[requests_.size() - 1].find("half") != std::string::npos) {
                return;
            }
        }
    }

    std::vector<std::string> answers_;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    ScriptedPeer peer_;
};

s3::Place place_at(const std::string& url) {
    return {.endpoint = url,
            .bucket = "desk",
            .key = {.access_key = "key", .secret_key = Secret("secret"), .region = "us-east-1"}};
}

class BucketStoreTest : public ::testing::Test {
protected:
    ~BucketStoreTest() override { fs::remove_all(dir_); }

    std::unique_ptr<BucketStore> store_at(const std::string& url) {
        return std::make_unique<BucketStore>(place_at(url), dir_);
    }

    std::size_t drafts() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_ / "tmp"), fs::directory_iterator()));
    }

    fs::path dir_ = fs::temp_directory_path() / ("lupaus-bucket-" + to_string(make_uuid_v7()));
};

// What was thrown, in words.
template <class Work>
std::string refusal(const Work& work) {
    try {
        work();
    } catch (const Unavailable& failure) {
        return failure.what();
    }
    return "nothing was thrown";
}

TEST_F(BucketStoreTest, SendsWhatIsNotThereWithItsHash) {
    Service service({kGone, kTaken});
    EXPECT_EQ(store_at(service.url())->put("abc").hash, kAbc);
    EXPECT_THAT(service.asked(), ElementsAre("HEAD " + std::string(kAbcTarget), "PUT " + std::string(kAbcTarget)));
    const auto put = service.request(1);
    EXPECT_THAT(put, HasSubstr("\r\nx-amz-content-sha256: " + std::string(kAbc) + "\r\n"));
    EXPECT_THAT(put, HasSubstr("\r\nContent-Length: 3\r\n"));
    EXPECT_THAT(put, HasSubstr("\r\nAuthorization: AWS4-HMAC-SHA256 Credential=key/"));
    EXPECT_TRUE(put.ends_with("\r\n\r\nabc"));
}

TEST_F(BucketStoreTest, SendsNothingTwice) {
    Service service({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"});
    const auto store = store_at(service.url());
    store->put("abc");
    EXPECT_THAT(service.asked(), ElementsAre("HEAD " + std::string(kAbcTarget))) << "it was there";
    store->put("abc");
    EXPECT_THAT(service.asked(), ElementsAre("HEAD " + std::string(kAbcTarget))) << "and was looked for just now";
}

TEST_F(BucketStoreTest, SendsWhatIsThereInAnotherSize) {
    Service service({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", kTaken});
    store_at(service.url())->put("abc");
    EXPECT_THAT(service.asked(), ElementsAre("HEAD " + std::string(kAbcTarget), "PUT " + std::string(kAbcTarget)));
}

TEST_F(BucketStoreTest, SendsNothingToAServiceThatCannotSayWhatItHas) {
    const std::string busy = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n";
    Service service({busy, busy, busy, busy, kTaken});
    const auto store = store_at(service.url());
    EXPECT_THAT(refusal([&] { store->put("abc"); }), HasSubstr("it answered 503"));
    EXPECT_EQ(service.asked().size(), 4U);
}

TEST_F(BucketStoreTest, SendsADraftAtItsEnd) {
    Service service({kGone, kTaken});
    const auto store = store_at(service.url());
    {
        auto draft = store->begin();
        draft.write(std::string(limits::kStreamPartBytes, 'a'));
        draft.write("bc");
        EXPECT_EQ(drafts(), 1U);
        EXPECT_THAT(service.asked(), ElementsAre());
        const auto stored = draft.finish();
        EXPECT_EQ(stored.size, limits::kStreamPartBytes + 2);
        EXPECT_TRUE(service.request(1).ends_with("aabc"));
    }
    EXPECT_EQ(drafts(), 0U);
}

TEST_F(BucketStoreTest, TriesAgainWhatMayPass) {
    Service service({kBusy, kGone, kBusy, "", kTaken});
    EXPECT_EQ(store_at(service.url())->put("abc").size, 3U);
    EXPECT_EQ(service.asked().size(), 5U);
    EXPECT_TRUE(service.request(4).ends_with("\r\n\r\nabc")) << "the whole of it, each time";
}

TEST_F(BucketStoreTest, GivesUpInTheEnd) {
    Service service({kGone, kBusy, kBusy, kBusy, kBusy, kTaken});
    const auto store = store_at(service.url());
    EXPECT_THAT(refusal([&] { store->put("abc"); }), HasSubstr("it answered 503 SlowDown"));
    EXPECT_EQ(service.asked().size(), 5U) << "four times, and not a fifth";
}

TEST_F(BucketStoreTest, DoesNotRepeatWhatIsRefused) {
    Service service({kGone, answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")});
    const auto store = store_at(service.url());
    EXPECT_THAT(refusal([&] { store->put("abc"); }), HasSubstr("access to the bucket desk is denied"));
    EXPECT_EQ(service.asked().size(), 2U);
}

TEST_F(BucketStoreTest, SendsWhatItMayNotLookFor) {
    Service service({"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", kTaken});
    EXPECT_EQ(store_at(service.url())->put("abc").hash, kAbc);
}

TEST_F(BucketStoreTest, TakesNobodysWordForAService) {
    Service service({kGone, answer("200 OK", "<html>Please log in</html>")});
    const auto store = store_at(service.url());
    EXPECT_THAT(refusal([&] { store->put("abc"); }), HasSubstr("no ETag"));
}

TEST_F(BucketStoreTest, SaysThatNobodyAnswers) {
    const auto store = store_at("http://127.0.0.1:" + std::to_string(net::test::closed_port()));
    EXPECT_THAT(refusal([&] { store->put("abc"); }), HasSubstr("Connecting to 127.0.0.1:"));
    EXPECT_THAT(refusal([&] { static_cast<void>(store->contains(kAbc)); }), HasSubstr("Connecting to 127.0.0.1:"));
}

TEST_F(BucketStoreTest, ReadsWhatIsThere) {
    Service service({answer("200 OK", "abc"), kGone, answer("404 Not Found", "<Code>NoSuchKey</Code>")});
    const auto store = store_at(service.url());
    EXPECT_EQ(store->read(kAbc).value(), "abc");
    EXPECT_FALSE(store->contains(kAbc));
    EXPECT_EQ(store->read(kAbc).error().code, Errc::not_found);
    EXPECT_EQ(store->read("../secret").error().code, Errc::invalid);
    EXPECT_EQ(service.asked().size(), 3U);
}

TEST_F(BucketStoreTest, NeverTakesHalfForTheWhole) {
    Service service({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", answer("200 OK", "abd")});
    const auto store = store_at(service.url());
    EXPECT_THROW(static_cast<void>(store->read(kAbc)), std::runtime_error) << "cut";
    EXPECT_THROW(static_cast<void>(store->read(kAbc)), std::runtime_error) << "of the right size, but another content";
}

TEST_F(BucketStoreTest, MissesABucketInWords) {
    Service service({answer("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>")});
    const auto store = store_at(service.url());
    EXPECT_THAT(refusal([&] { static_cast<void>(store->read(kAbc)); }), HasSubstr("there is no bucket desk"));
}

TEST_F(BucketStoreTest, IsProbed) {
    Service well({kTaken, answer("200 OK", "")});
    EXPECT_EQ(probe(place_at(well.url())), "");
    const std::string nothing = "/desk/e3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    EXPECT_THAT(well.asked(), ElementsAre("PUT " + nothing, "GET " + nothing));
    Service ill({answer("403 Forbidden", "<Error><Code>SignatureDoesNotMatch</Code></Error>")});
    EXPECT_THAT(probe(place_at(ill.url())), HasSubstr("the secret key does not belong to the access key"));
}

}  // namespace
}  // namespace lupaus::blob
