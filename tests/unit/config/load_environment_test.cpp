#include "common/config/config.hpp"
#include "tests/unit/config/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace lupaus::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> mistakes_of(const Environment& environment) {
    const auto config = load_config(std::nullopt, environment);
    std::vector<std::string> lines;
    if (config.has_error()) {
        for (const auto& [where, detail] : config.error().fields) {
            lines.push_back(where + ": " + detail);
        }
    }
    return lines;
}

TEST(ConfigEnvironment, WinsOverTheFile) {
    const ScratchFile file("[http]\nport = 1\nlisten = \"::1\"\n");
    const auto config =
        load_config(file.path(), {{"LUPAUS_HTTP_PORT", "2"}, {"LUPAUS_HTTP_TRUSTED_PROXIES", "10.0.0.1,::1"}});
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->http.port, 2);
    EXPECT_EQ(config->http.listen, "::1");
    EXPECT_THAT(config->http.trusted_proxies, ElementsAre("10.0.0.1", "::1"));
}

TEST(ConfigEnvironment, NamesTheVariable) {
    EXPECT_THAT(mistakes_of({{"LUPAUS_HTTP_PORT", "eighty"}, {"LUPAUS_HTTP_PROT", "1"}, {"LUPAUS_ROUTER_POLL", "500"}}),
                ElementsAre(HasSubstr("LUPAUS_HTTP_PORT: http.port must be a whole number"),
                            "LUPAUS_HTTP_PROT: there is no such option",
                            HasSubstr("LUPAUS_ROUTER_POLL: router.poll is no duration")));
}

TEST(ConfigEnvironment, ListsItsMistakesAfterThoseOfTheFile) {
    const ScratchFile file("[http]\nport = true\n");
    const auto config = load_config(file.path(), {{"LUPAUS_LOG_LEVEL", "loud"}});
    ASSERT_TRUE(config.has_error());
    ASSERT_EQ(config.error().fields.size(), 2U);
    EXPECT_THAT(config.error().fields[0].field, HasSubstr(":2"));
    EXPECT_EQ(config.error().fields[1].field, "LUPAUS_LOG_LEVEL");
    EXPECT_THAT(config.error().detail, HasSubstr("has 2 mistakes:\n  "));
}

TEST(ConfigEnvironment, LeavesTheVariablesOfPeopleAndTestsAlone) {
    EXPECT_TRUE(mistakes_of({{"LUPAUS_URL", "http://127.0.0.1:8480"},
                             {"LUPAUS_ADMIN_TOKEN", "lup_a"},
                             {"LUPAUS_LEAD_TOKEN", "lup_l"},
                             {"LUPAUS_AGENT_TOKEN", "lup_g"},
                             {"LUPAUS_CHANNEL_ID", "018f4e1a-0000-7000-8000-0123456789ab"},
                             {"LUPAUS_WEBHOOK_URL", "http://127.0.0.1:8480/hooks"},
                             {"LUPAUS_WEBHOOK_SECRET", "whsec_x"},
                             {"LUPAUS_METRICS_URL", "http://127.0.0.1:8481/metrics"},
                             {"LUPAUS_TEST_CLUSTER", "/tmp/cluster.env"},
                             {"HTTP_PORT", "x"}})
                    .empty());
}

TEST(ConfigEnvironment, TellsEveryVariableOfOursThatIsNoOption) {
    EXPECT_THAT(mistakes_of({{"LUPAUS_HTPP_PORT", "1"},
                             {"LUPAUS_SOMETHING_ELSE", "x"},
                             {"LUPAUS_PORT", "1"},
                             {"LUPAUS_URLS", "x"},
                             {"LUPAUS_TESTS", "x"},
                             {"LUPAUS_", "x"},
                             {"LUPAUS_EMPTY", ""}}),
                ElementsAre("LUPAUS_: there is no such option", "LUPAUS_HTPP_PORT: there is no such option",
                            "LUPAUS_PORT: there is no such option", "LUPAUS_SOMETHING_ELSE: there is no such option",
                            "LUPAUS_TESTS: there is no such option", "LUPAUS_URLS: there is no such option"));
}

TEST(ConfigEnvironment, TakesTheDatabaseUrl) {
    const auto config = load_config(std::nullopt, {{"LUPAUS_DATABASE_URL", "postgresql://o@/desk"}});
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->database.url.reveal(), "postgresql://o@/desk");
}

TEST(ConfigEnvironment, TakesASecretFromAFileThatNobodyElseReads) {
    const ScratchFile file("postgresql://o:hunter2@/desk \n");
    std::filesystem::permissions(file.path(), std::filesystem::perms::owner_read);
    const auto config = load_config(std::nullopt, {{"LUPAUS_DATABASE_APP_URL_FILE", file.path().string()}});
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->database.app_url.reveal(), "postgresql://o:hunter2@/desk");
    std::filesystem::permissions(file.path(), std::filesystem::perms::others_read);
    EXPECT_THAT(mistakes_of({{"LUPAUS_DATABASE_APP_URL_FILE", file.path().string()}}),
                ElementsAre(HasSubstr("is open to everybody")));
}

TEST(ConfigEnvironment, TakesOneFileForOneSecret) {
    const ScratchFile file("mysql://o:hunter2@/desk");
    std::filesystem::permissions(file.path(), std::filesystem::perms::owner_read);
    const auto path = file.path().string();
    EXPECT_THAT(
        mistakes_of({{"LUPAUS_DATABASE_APP_URL", "postgresql://o@/desk"}, {"LUPAUS_DATABASE_APP_URL_FILE", path}}),
        ElementsAre(HasSubstr("LUPAUS_DATABASE_APP_URL is set as well")));
    EXPECT_THAT(mistakes_of({{"LUPAUS_DATABASE_URL_FILE", path + ".gone"}}), ElementsAre(HasSubstr("cannot be read")));
    EXPECT_THAT(
        mistakes_of({{"LUPAUS_DATABASE_URL_FILE", path}}),
        ElementsAre(::testing::AllOf(HasSubstr("must be a connection string"), ::testing::Not(HasSubstr("hunter2")))));
    EXPECT_THAT(mistakes_of({{"LUPAUS_HTTP_PORT_FILE", path}}), ElementsAre(HasSubstr("there is no such option")));
}

TEST(ConfigEnvironment, KnowsYesFromNo) {
    EXPECT_FALSE(load_config(std::nullopt, {}).value().courier.hold);
    EXPECT_TRUE(load_config(std::nullopt, {{"LUPAUS_COURIER_HOLD", "true"}}).value().courier.hold);
    EXPECT_THAT(mistakes_of({{"LUPAUS_COURIER_HOLD", "yes"}}), ElementsAre(HasSubstr("must be true or false")));
    const ScratchFile file("[courier]\nhold = true\n");
    EXPECT_TRUE(load_config(file.path(), {}).value().courier.hold);
    const ScratchFile wrong("[courier]\nhold = 1\n");
    EXPECT_THAT(load_config(wrong.path(), {}).error().detail, HasSubstr("must be true or false"));
}

Environment bucket(const std::string& variable = {}, const std::string& text = {}) {
    Environment environment{{"LUPAUS_BLOB_ENDPOINT", "https://s3.example"},
                            {"LUPAUS_BLOB_BUCKET", "desk"},
                            {"LUPAUS_BLOB_ACCESS_KEY", "key"},
                            {"LUPAUS_BLOB_SECRET_KEY", "s3cret/+="}};
    if (!variable.empty()) {
        environment["LUPAUS_BLOB_" + variable] = text;
    }
    return environment;
}

std::string bucket_mistake(const std::string& variable, const std::string& text) {
    const auto config = load_config(std::nullopt, bucket(variable, text));
    return config ? "" : config.error().detail;
}

TEST(ConfigEnvironment, NamesABucket) {
    const auto config = load_config(std::nullopt, bucket());
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->blob.endpoint, "https://s3.example");
    EXPECT_EQ(config->blob.region, "us-east-1");
    EXPECT_EQ(config->blob.addressing, "path");
    EXPECT_EQ(config->blob.secret_key.reveal(), "s3cret/+=");
    for (const auto* endpoint :
         {"http://127.0.0.1:9000", "http://[::1]:9000", "https://minio", "https://s3.example:443"}) {
        EXPECT_EQ(bucket_mistake("ENDPOINT", endpoint), "") << endpoint;
    }
}

TEST(ConfigEnvironment, RefusesHalfABucket) {
    for (const std::string name : {"bucket", "access_key", "secret_key"}) {
        std::string variable = name;
        std::ranges::transform(variable, variable.begin(),
                               [](char c) { return c == '_' ? c : static_cast<char>(c - 32); });
        EXPECT_THAT(bucket_mistake(variable, ""), HasSubstr("blob.endpoint needs blob." + name + " as well"));
    }
    for (const auto* endpoint : {"s3.example", "ftp://s3.example", "https://", "https://s3.example/",
                                 "https://s3.example:0", "https://s3.example:x", "https://a@s3.example",
                                 "https://S3.example", "https://[::g]", "https://[::1", "https://s3.example?x"}) {
        EXPECT_THAT(bucket_mistake("ENDPOINT", endpoint), HasSubstr("blob.endpoint must be https://host")) << endpoint;
    }
    for (const auto* name : {"ab", "Desk", "-desk", "desk-", "de/sk"}) {
        EXPECT_THAT(bucket_mistake("BUCKET", name), HasSubstr("blob.bucket must be 3 to 63")) << name;
    }
    EXPECT_THAT(bucket_mistake("ADDRESSING", "virtual"), HasSubstr("must be one of: path host"));
    EXPECT_THAT(bucket_mistake("ACCESS_KEY", "a b"), HasSubstr("blob.access_key must be printable ASCII"));
    const auto secret = bucket_mistake("SECRET_KEY", "s3cret key");
    EXPECT_THAT(secret, HasSubstr("blob.secret_key must be printable ASCII"));
    EXPECT_THAT(secret, ::testing::Not(HasSubstr("s3cret"))) << "a secret is not repeated";
}

TEST(ConfigEnvironment, TakesAnEmptyVariableAsNotSet) {
    const ScratchFile file("[http]\nport = 1\n");
    const auto config = load_config(file.path(), {{"LUPAUS_HTTP_PORT", ""}});
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->http.port, 1);
}

TEST(ConfigEnvironment, IsReadFromTheProcess) {
    setenv("LUPAUS_TEST_PRESENT", "a=b", 1);
    const auto environment = process_environment();
    unsetenv("LUPAUS_TEST_PRESENT");
    ASSERT_TRUE(environment.contains("LUPAUS_TEST_PRESENT"));
    EXPECT_EQ(environment.at("LUPAUS_TEST_PRESENT"), "a=b");
    EXPECT_FALSE(environment.contains("PATH"));
}

}  // namespace
}  // namespace lupaus::config
