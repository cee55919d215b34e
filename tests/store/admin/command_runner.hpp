// Runs the operator's commands against a test's database, with everything that a shell script would see of them.
#pragma once

#include "common/text/json.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/command_line.hpp"
#include "tests/support/test_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace lupaus::cli {

class CommandRunner {
public:
    explicit CommandRunner(const support::TestDatabase& database) {
        const auto key_file = folder_.path() / "key";
        std::ofstream(key_file) << std::string(64, 'a');
        std::filesystem::permissions(key_file, std::filesystem::perms::owner_read);
        environment = {{"LUPAUS_DATABASE_URL", database.url("lupaus_owner")},
                       {"LUPAUS_SECRET_KEY_FILE", key_file.string()}};
    }

    int run(const std::vector<std::string>& words) {
        std::vector<const char*> arguments{"lupaus"};
        for (const auto& word : words) {
            arguments.push_back(word.c_str());
        }
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = run_command_line(commands_, static_cast<int>(arguments.size()), arguments.data(), environment);
        out = ::testing::internal::GetCapturedStdout();
        err = ::testing::internal::GetCapturedStderr();
        return code;
    }

    text::Json answer(const std::vector<std::string>& words) {
        EXPECT_EQ(run(words), 0) << err;
        EXPECT_THAT(err, ::testing::IsEmpty());
        return text::parse_json(out.substr(0, out.find('\n'))).value();
    }

    std::string made(const std::vector<std::string>& words) { return answer(words)["id"].get<std::string>(); }

    config::Environment environment;
    std::string out;
    std::string err;

private:
    support::ScratchFolder folder_{};
    std::vector<Command> commands_ = admin_commands();
};

}  // namespace lupaus::cli
