#include "common/systemd/notifier.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace lupaus::systemd {
namespace {

using namespace std::chrono_literals;

TEST(Supervision, IsReadAsSystemdHandsItOver) {
    const auto own = std::to_string(::getpid());
    const auto given = read_supervision("/run/systemd/notify", "30000000", own.c_str());
    EXPECT_EQ(given.socket, "/run/systemd/notify");
    EXPECT_EQ(given.watchdog, 30s);
    EXPECT_EQ(Notifier(given).beat(), 15s);
    EXPECT_EQ(read_supervision("@abstract", "1000", nullptr).socket, "@abstract");
    EXPECT_EQ(read_supervision("@abstract", "1000", nullptr).watchdog, 1ms);
}

TEST(Supervision, OfSomebodyElseOrWithoutSenseIsNone) {
    EXPECT_TRUE(read_supervision(nullptr, nullptr, nullptr).socket.empty());
    EXPECT_FALSE(read_supervision(nullptr, "30000000", "1").watchdog);
    const auto too_long = "/" + std::string(200, 'x');
    for (const auto* socket : {"", "/", "@", "vsock:2:1234", "relative/path", too_long.c_str()}) {
        EXPECT_TRUE(read_supervision(socket, nullptr, nullptr).socket.empty()) << socket;
    }
    for (const auto* length : {"", "0", "-5", "soon", "5s"}) {
        EXPECT_FALSE(read_supervision(nullptr, length, nullptr).watchdog) << length;
    }
}

TEST(Supervision, WithoutAListenerSaysNothing) {
    const Notifier nobody({});
    EXPECT_FALSE(nobody.is_heard());
    nobody.say("READY=1");
    const Notifier gone({.socket = "/nowhere/notify", .watchdog = {}});
    gone.say("READY=1");
    EXPECT_EQ(gone.beat(), 5s);
}

}  // namespace
}  // namespace lupaus::systemd
