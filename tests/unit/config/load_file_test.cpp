#include "common/config/config.hpp"
#include "tests/unit/config/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::config {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Loads a file and lists its mistakes as "line: detail".
std::vector<std::string> mistakes_of(std::string_view content) {
    const ScratchFile file(content);
    const auto config = load_config(file.path(), {});
    std::vector<std::string> lines;
    if (config.has_error()) {
        EXPECT_EQ(config.error().code, Errc::invalid);
        for (const auto& [where, detail] : config.error().fields) {
            EXPECT_THAT(config.error().detail, HasSubstr(where + ": " + detail));
            const auto prefix = file.path().string() + ":";
            lines.push_back((where.starts_with(prefix) ? where.substr(prefix.size()) : where) + ": " + detail);
        }
    }
    return lines;
}

TEST(ConfigFile, SetsWhatItNames) {
    const ScratchFile file(R"(
        [http]
        listen = "::"
        port = 9000
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [alerts]
        warn_share = 0.5
        [router]
        poll = "250ms"
        [database]
        url = "postgresql://owner:secret@localhost/desk"
        [blob]
        dir = "/srv/blob"
    )");
    const auto config = load_config(file.path(), {});
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->http.listen, "::");
    EXPECT_EQ(config->http.port, 9000);
    EXPECT_THAT(config->http.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
    EXPECT_EQ(config->alerts.warn_share, 0.5);
    EXPECT_EQ(config->router.poll, 250ms);
    EXPECT_EQ(config->database.url.reveal(), "postgresql://owner:secret@localhost/desk");
    EXPECT_EQ(config->blob.dir, "/srv/blob");
    EXPECT_EQ(config->router.workers, 2) << "the rest keeps its default";
}

TEST(ConfigFile, ListsEveryMistakeWithItsLine) {
    EXPECT_THAT(
        mistakes_of("[watcher]\n"               // 1
                    "poll = \"1 s\"\n"          // 2
                    "[http]\n"                  // 3
                    "port = \"8480\"\n"         // 4
                    "prot = 1\n"                // 5
                    "listen = \"localhost\"\n"  // 6
                    "[htpp]\n"                  // 7
                    "port = 1\n"                // 8
                    "[router]\n"                // 9
                    "workers = 0\n"             // 10
                    "poll = 500\n"              // 11
                    "[egress]\n"                // 12
                    "allow = [\"10.0.0.0/8\",\n"
                    "         \"lan\"]\n"
                    "[log]\n"  // 15
                    "level = \"loud\"\n"),
        ElementsAre(HasSubstr("2: watcher.poll is no duration"), "4: http.port must be an integer",
                    "5: there is no option http.prot", HasSubstr("6: http.listen must be an IP address"),
                    "7: there is no section htpp", "10: router.workers must be a whole number from 1 to 16, not \"0\"",
                    "11: router.poll must be a duration in quotes, such as \"90s\"",
                    HasSubstr("13: egress.allow must hold addresses"),
                    HasSubstr("16: log.level must be one of: debug info warn error; not \"loud\"")));
}

TEST(ConfigFile, RefusesOtherShapes) {
    EXPECT_THAT(mistakes_of("port = 1\n"), ElementsAre("1: there is no section port"));
    EXPECT_THAT(mistakes_of("http = 1\n"), ElementsAre(HasSubstr("1: http is a section")));
    EXPECT_THAT(mistakes_of("[[http]]\nport = 1\n"), ElementsAre(HasSubstr("1: http is a section")));
    EXPECT_THAT(mistakes_of("[http.port]\nx = 1\n"), ElementsAre("1: http.port must be an integer"));
    EXPECT_THAT(mistakes_of("[egress]\nallow = \"10.0.0.0/8\"\n"),
                ElementsAre("2: egress.allow must be a list of strings"));
    EXPECT_THAT(mistakes_of("[egress]\nallow = [1]\n"), ElementsAre("2: egress.allow must be a list of strings"));
    EXPECT_THAT(mistakes_of("[egress]\nallow = [\"10.0.0.1,10.0.0.2\"]\n"),
                ElementsAre("2: egress.allow must be a list of strings"));
    EXPECT_THAT(mistakes_of("[alerts]\nwarn_share = \"0.5\"\n"), ElementsAre("2: alerts.warn_share must be a number"));
    EXPECT_THAT(mistakes_of("[log]\nlevel = true\n"), ElementsAre("2: log.level must be a string in quotes"));
    EXPECT_THAT(mistakes_of("[http]\nport = 1.0\n"), ElementsAre("2: http.port must be an integer"));
    EXPECT_TRUE(mistakes_of("http.port = 1\n").empty()) << "TOML's dotted keys are sections too";
}

TEST(ConfigFile, NamesTheLineOfASyntaxError) {
    EXPECT_THAT(mistakes_of("[http]\nport = \n"), ElementsAre(HasSubstr("2: ")));
    EXPECT_THAT(mistakes_of("[http]\nport = 1\nport = 2\n"), ElementsAre(HasSubstr("3: ")));
    EXPECT_EQ(mistakes_of("[http]\nlisten = \"\xFF\"\n").size(), 1U);
    EXPECT_EQ(mistakes_of(std::string_view("[http]\nport = 1\0\n", 17)).size(), 1U);
}

TEST(ConfigFile, MustBeReadable) {
    const auto absent = load_config("/nonexistent/lupaus.toml", {});
    ASSERT_TRUE(absent.has_error());
    EXPECT_EQ(absent.error().fields[0].field, "/nonexistent/lupaus.toml");
    EXPECT_TRUE(load_config(fs::temp_directory_path(), {}).has_error()) << "a directory is no file";
    EXPECT_TRUE(load_config(ScratchFile(std::string(2'000'000, '#')).path(), {}).has_error())
        << "nobody writes so much";
    EXPECT_TRUE(load_config(ScratchFile("").path(), {}).has_value());
}

TEST(ConfigFile, ChecksOptionsTogether) {
    EXPECT_THAT(mistakes_of("[presence]\naway_after = \"20m\"\n"),
                ElementsAre("default: presence.offline_after must be more than presence.away_after"));
    EXPECT_THAT(mistakes_of("[courier]\nlease = \"20s\"\nretry_max = \"1s\"\n"),
                ElementsAre("2: courier.lease must be more than courier.attempt_wait",
                            "3: courier.retry_max must not be less than courier.retry_first"));
    EXPECT_THAT(mistakes_of("[metrics]\nport = 8480\n"),
                ElementsAre("2: metrics.port must be another port than http.port"));
    EXPECT_TRUE(mistakes_of("[metrics]\nport = 0\n[http]\nport = 0\n").empty());
}

class ConfigKey : public ::testing::Test {
protected:
    static Result<Config> load(const fs::path& key_file) {
        return load_config(std::nullopt, {{"LUPAUS_SECRET_KEY_FILE", key_file.string()}});
    }

    static std::string refusal_of(const fs::path& key_file) {
        const auto config = load(key_file);
        EXPECT_TRUE(config.has_error());
        return config.has_error() ? config.error().detail : std::string();
    }

    const std::string digits_ = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
};

TEST_F(ConfigKey, IsReadFromItsFile) {
    const ScratchFile file(digits_ + "\n");
    const auto config = load(file.path());
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->secret.key.reveal().size(), 32U);
    EXPECT_EQ(config->secret.key.reveal()[31], '\x1f');
    EXPECT_TRUE(load(ScratchFile(digits_, fs::perms::owner_read | fs::perms::group_read).path()).has_value());
}

TEST_F(ConfigKey, MustNotBeOpenToEverybody) {
    const ScratchFile file(digits_, fs::perms::owner_read | fs::perms::others_read);
    EXPECT_THAT(refusal_of(file.path()),
                HasSubstr("LUPAUS_SECRET_KEY_FILE: secret.key_file: " + file.path().string() + " is open"));
}

TEST_F(ConfigKey, MustHave32Bytes) {
    for (const auto& content :
         {std::string(), digits_ + "00", digits_.substr(2), "zz" + digits_.substr(2), digits_.substr(1)}) {
        const auto refusal = refusal_of(ScratchFile(content).path());
        EXPECT_THAT(refusal, HasSubstr("64 hexadecimal digits")) << content;
        EXPECT_THAT(refusal, ::testing::Not(HasSubstr("0c0d0e"))) << "the key is not repeated";
    }
    EXPECT_THAT(refusal_of("/nonexistent/key"), HasSubstr("/nonexistent/key cannot be read"));
}

}  // namespace
}  // namespace lupaus::config
