// The whole process in a test: what becomes of it when one of its endless tasks is lost.
#include "services/lupaus/process.hpp"
#include "tests/support/test_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <csignal>
#include <fstream>
#include <future>
#include <thread>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;

class ProcessTest : public ::testing::Test {
protected:
    config::Config make_config() {
        const auto key = folder_.path() / "key";
        std::ofstream(key) << std::string(64, 'a');
        std::filesystem::permissions(key, std::filesystem::perms::owner_read);
        return config::load_config(std::nullopt, {{"LUPAUS_DATABASE_APP_URL", database_.url("lupaus_app")},
                                                  {"LUPAUS_DATABASE_WORKER_URL", database_.url("lupaus_worker")},
                                                  {"LUPAUS_HTTP_PORT", "0"},
                                                  {"LUPAUS_METRICS_PORT", "0"},
                                                  {"LUPAUS_BLOB_DIR", (folder_.path() / "blobs").string()},
                                                  {"LUPAUS_SECRET_KEY_FILE", key.string()}})
            .value();
    }

    // Runs `meanwhile` on the I/O thread once everything was started; what run() threw, or nothing.
    std::string end_of_run(std::function<void(Process&)> meanwhile) {
        const auto config = make_config();
        asio::io_context io(1);
        Process process(config, {"chat", "courier", "inbox", "router"}, io, {});
        auto ended = asio::co_spawn(io, process.run(), asio::use_future);
        asio::post(io, [&] { meanwhile(process); });  // behind the start
        io.run();
        try {
            ended.get();
        } catch (const std::exception& failure) {
            return failure.what();
        }
        return {};
    }

    support::TestDatabase database_{};
    support::ScratchFolder folder_{};
};

TEST_F(ProcessTest, ALostTaskEndsTheProcessWithAnErrorThatNamesIt) {
    const auto failure = std::make_exception_ptr(std::runtime_error("out of memory"));
    const auto said = end_of_run([&](Process& process) { process.lose("router worker", failure); });
    EXPECT_THAT(said, HasSubstr("router worker"));
}

TEST_F(ProcessTest, ASignalEndsItWithoutOne) {
    EXPECT_EQ(end_of_run([](Process&) { std::raise(SIGTERM); }), "");
}

}  // namespace
}  // namespace lupaus
