#include "common/config/options.hpp"

#include "common/text/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace lupaus::config {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

std::string shipped_file() {
    std::ifstream file(LUPAUS_TEST_CONFIG_FILE, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Every value of a configuration in a form that can be compared.
std::vector<std::string> values_of(Config& config) {
    std::vector<std::string> values;
    for (const auto& option : options()) {
        std::ostringstream value;
        value << option.key << " ";
        std::visit(
            [&value](auto* place) {
                using Value = std::remove_pointer_t<decltype(place)>;
                if constexpr (std::is_same_v<Value, Secret>) {
                    value << place->reveal();
                } else if constexpr (std::is_same_v<Value, Milliseconds>) {
                    value << place->count();
                } else if constexpr (std::is_same_v<Value, List>) {
                    value << ::testing::PrintToString(*place);
                } else {
                    value << *place;
                }
            },
            option.slot(config));
        values.push_back(value.str());
    }
    return values;
}

TEST(Options, AreDocumentedInTheShippedFile) {
    EXPECT_EQ(shipped_file(), describe_options()) << "config/lupaus.toml is this text, word for word";
}

TEST(Options, HaveTheirDefaultsInTheShippedFile) {
    auto from_file = load_config(LUPAUS_TEST_CONFIG_FILE, {});
    auto defaults = load_config(std::nullopt, {});
    ASSERT_TRUE(from_file.has_value()) << from_file.error().detail;
    ASSERT_TRUE(defaults.has_value()) << defaults.error().detail;
    EXPECT_EQ(values_of(*from_file), values_of(*defaults));
}

TEST(Options, AreAllMentionedInTheShippedFile) {
    const auto text = shipped_file();
    for (const auto& option : options()) {
        EXPECT_THAT(text, HasSubstr("[" + std::string(option.section()) + "]\n"));
        EXPECT_THAT(text, HasSubstr("\n" + std::string(option.name()) + " = "));
        EXPECT_THAT(text, HasSubstr(option.variable()));
    }
}

TEST(Options, HaveDistinctKeysVariablesAndPlaces) {
    Config config;
    std::set<std::string_view> keys;
    std::set<std::string> variables;
    std::set<void*> places;
    for (const auto& option : options()) {
        EXPECT_TRUE(keys.insert(option.key).second) << option.key;
        EXPECT_TRUE(variables.insert(option.variable()).second) << option.variable();
        EXPECT_TRUE(places.insert(std::visit([](auto* place) -> void* { return place; }, option.slot(config))).second)
            << option.key;
        EXPECT_TRUE(option.why.ends_with('.')) << option.key;
        EXPECT_EQ(std::ranges::count(option.key, '.'), 1) << option.key;
        EXPECT_EQ(option.section().find('_'), std::string_view::npos)
            << "a variable could not be split: " << option.key;
    }
}

TEST(Options, StayTogetherBySection) {
    std::set<std::string_view> finished;
    std::string_view current;
    for (const auto& option : options()) {
        if (option.section() != current) {
            EXPECT_TRUE(finished.insert(option.section()).second) << option.key;
            current = option.section();
        }
    }
}

TEST(Options, HaveTheDefaultsThatTheDeskIsDesignedWith) {
    const auto config = *load_config(std::nullopt, {});
    EXPECT_EQ(config.database.threads_app, 4);
    EXPECT_EQ(config.database.threads_worker, 4);
    EXPECT_EQ(config.database.statement_timeout, 5s);
    EXPECT_EQ(config.database.lock_timeout, 1s);
    EXPECT_EQ(config.http.listen, "127.0.0.1");
    EXPECT_EQ(config.http.port, 8480);
    EXPECT_EQ(config.metrics.port, 8481);
    EXPECT_EQ(config.log.level, "info");
    EXPECT_EQ(config.router.poll, 500ms);
    EXPECT_EQ(config.intake.linger, 0ms);
    EXPECT_EQ(config.watcher.poll, 1s);
    EXPECT_EQ(config.alerts.warn_share, 0.75);
    EXPECT_EQ(config.alerts.acknowledge_hold, 15min);
    EXPECT_EQ(config.alerts.silent_after, 24h);
    EXPECT_EQ(config.presence.away_after, 2min);
    EXPECT_EQ(config.presence.offline_after, 15min);
    EXPECT_EQ(config.routing.reopen_window, 7 * 24h);
    EXPECT_EQ(config.routing.bot_silence, 2min);
    EXPECT_EQ(config.rate.token_per_second, 50);
    EXPECT_EQ(config.rate.token_burst, 200);
    EXPECT_EQ(config.retention.idempotency, 24h);
    EXPECT_EQ(config.retention.rejections, 7 * 24h);
    EXPECT_TRUE(config.egress.allow.empty());
    EXPECT_TRUE(config.secret.key.empty());
}

TEST(Options, StandAtTheirBounds) {
    Config config;
    const auto& port = *find_option("http.port");
    EXPECT_EQ(assign(port, "65535", config), std::nullopt);
    EXPECT_EQ(config.http.port, 65535);
    for (const auto* text : {"65536", "-1", "", "80.5", "80 ", "0x50", "99999999999", "port"}) {
        EXPECT_NE(assign(port, text, config), std::nullopt) << text;
    }
    EXPECT_EQ(config.http.port, 65535) << "a mistake changes nothing";
    const auto& poll = *find_option("watcher.poll");
    EXPECT_EQ(assign(poll, "10ms", config), std::nullopt);
    EXPECT_EQ(assign(poll, "1m", config), std::nullopt);
    EXPECT_THAT(*assign(poll, "9ms", config), HasSubstr("from 10ms to 1m"));
    EXPECT_NE(assign(poll, "1m1ms", config), std::nullopt);
    EXPECT_THAT(*assign(poll, "5", config), HasSubstr("is no duration"));
    const auto& share = *find_option("alerts.warn_share");
    EXPECT_EQ(assign(share, "0.99", config), std::nullopt);
    for (const auto* text : {"1", "0.05", "nan", "inf", "-0.5", "half"}) {
        EXPECT_NE(assign(share, text, config), std::nullopt) << text;
    }
}

TEST(Options, TakeOnlyNetworksAndAddresses) {
    Config config;
    const auto& allow = *find_option("egress.allow");
    EXPECT_EQ(assign(allow, "127.0.0.1, 10.0.0.0/8,::1,fd00::/8,0.0.0.0/0", config), std::nullopt);
    EXPECT_EQ(config.egress.allow, (List{"127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"}));
    EXPECT_EQ(assign(allow, " ", config), std::nullopt);
    EXPECT_TRUE(config.egress.allow.empty());
    for (const auto* text : {"localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8",
                             "10.0.0/8", "127.1", "1.2.3.4,,::1", ",", "10.0.0.0/+8", "10.0.0.0 /8"}) {
        EXPECT_NE(assign(allow, text, config), std::nullopt) << text;
    }
    const auto& listen = *find_option("http.listen");
    EXPECT_EQ(assign(listen, "::", config), std::nullopt);
    for (const auto* text : {"", "localhost", "127.0.0.1:80", "10.0.0.0/8"}) {
        EXPECT_NE(assign(listen, text, config), std::nullopt) << text;
    }
    const auto& lmtp = *find_option("email.lmtp_listen");
    for (const auto* text : {"127.0.0.1:24", "[::1]:65535", "0.0.0.0:0", ""}) {
        EXPECT_EQ(assign(lmtp, text, config), std::nullopt) << text;
        EXPECT_EQ(config.email.lmtp_listen, text);
    }
    for (const auto* text : {"24", ":24", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
                             "::1:24", "[::1]", "[127.0.0.1]:24", "localhost:24", " 127.0.0.1:24"}) {
        EXPECT_NE(assign(lmtp, text, config), std::nullopt) << text;
    }
}

TEST(Options, DoNotRepeatAPassword) {
    Config config;
    const auto fault = assign(*find_option("database.url"), "mysql://u:hunter2@h/d", config);
    ASSERT_TRUE(fault.has_value());
    EXPECT_THAT(*fault, ::testing::Not(HasSubstr("hunter2")));
    EXPECT_EQ(assign(*find_option("database.url"), "postgresql://u:p@h/d", config), std::nullopt);
    EXPECT_EQ(assign(*find_option("database.url"), "host=/tmp dbname=x", config), std::nullopt);
    EXPECT_EQ(config.database.url.reveal(), "host=/tmp dbname=x");
}

TEST(Options, ShowStrangeBytesHarmlessly) {
    Config config;
    const auto fault = *assign(*find_option("log.level"), "l\xFFud" + std::string(1'000, '!'), config);
    EXPECT_TRUE(text::is_valid_utf8(fault));
    EXPECT_LT(fault.size(), 200U);
}

}  // namespace
}  // namespace lupaus::config
