#include "services/lupaus/cli/command_line.hpp"
#include "services/desk/token/rules.hpp"
#include "services/lupaus/cli/admin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Printed {
    int code = 0;
    std::string out;
    std::string err;
};

Printed run(std::span<const Command> commands, std::vector<const char*> words,
            const config::Environment& environment = {}) {
    words.insert(words.begin(), "lupaus");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(commands, static_cast<int>(words.size()), words.data(), environment);
    auto out = ::testing::internal::GetCapturedStdout();
    return {.code = code, .out = std::move(out), .err = ::testing::internal::GetCapturedStderr()};
}

const std::vector<Command> kCommands{
    {.path = "bicycle add",
     .help = "Adds a bicycle",
     .options = {{"name", "NAME", "Its name", Need::required},
                 {"gear", "N", "A gear", Need::repeated},
                 {"service", "30d", "How often"},
                 {"red", "", "Is it red", Need::flag}},
     .run = [](const Invocation& invocation) -> Result<std::string> {
         auto& arguments = invocation.arguments;
         std::string line = arguments.text("name");
         for (const auto& gear : arguments.list("gear")) {
             line += " " + gear;
         }
         line += " " + std::to_string(arguments.duration("service").count());
         line += arguments.has("red") ? " red" : "";
         if (auto error = arguments.error()) {
             return *std::move(error);
         }
         return line;
     }},
    {.path = "bicycle crash",
     .help = "Falls over",
     .options = {},
     .run = [](const Invocation&) -> Result<std::string> { throw std::runtime_error("a stone"); }},
    {.path = "bicycle lock",
     .help = "Locks it",
     .options = {{"key", "KEY", "The key", Need::required, "LUPAUS_BICYCLE_KEY"},
                 {"place", "PLACE", "Where", Need::required, "LUPAUS_BICYCLE_PLACE"},
                 {"lamp", "WORD", "Its lamps", Need::repeated}},
     .run = [](const Invocation& invocation) -> Result<std::string> {
         auto& arguments = invocation.arguments;
         auto line = arguments.text("key") + " " + arguments.text("place");
         if (arguments.list("lamp").empty()) {
             return line;
         }
         auto refusal = invalid_field("/lamps", "shine no longer");
         refusal.fields.push_back({"/key_id", "is bent"});
         refusal.fields.push_back({"/frame", "is rusty"});
         return refusal;
     }},
    {.path = "quiet",
     .help = "Says nothing",
     .options = {},
     .run = [](const Invocation&) -> Result<std::string> { return ""; }},
};

TEST(CommandLine, RunsTheCommandWithItsOptions) {
    const auto printed = run(kCommands, {"bicycle", "add", "--name", "Jopo", "--gear", "1", "--gear", "3", "--red"});
    EXPECT_EQ(printed.code, 0);
    EXPECT_EQ(printed.out, "Jopo 1 3 0 red\n");
    EXPECT_THAT(printed.err, IsEmpty());
    EXPECT_EQ(run(kCommands, {"bicycle", "add", "--name=Jopo", "--service=1h30m"}).out, "Jopo 5400\n");
    EXPECT_THAT(run(kCommands, {"quiet"}).out, IsEmpty());
}

TEST(CommandLine, MisuseIsToldFromFailure) {
    for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                   {"bicycle"},
                                                                   {"tricycle"},
                                                                   {"bicycle", "add"},
                                                                   {"bicycle", "add", "--name"},
                                                                   {"bicycle", "add", "--name", "a", "--colour", "b"},
                                                                   {"bicycle", "add", "--name", "a", "--name", "b"},
                                                                   {"bicycle", "add", "--name", "a", "b"}}) {
        const auto printed = run(kCommands, words);
        EXPECT_EQ(printed.code, kMisused);
        EXPECT_THAT(printed.out, IsEmpty());
        EXPECT_FALSE(printed.err.empty());
    }
    const auto failed = run(kCommands, {"bicycle", "add", "--name", "a", "--service", "often"});
    EXPECT_EQ(failed.code, kFailed);
    EXPECT_THAT(failed.err, HasSubstr("--service"));
    EXPECT_THAT(failed.out, IsEmpty());
    const auto crashed = run(kCommands, {"bicycle", "crash"});
    EXPECT_EQ(crashed.code, kFailed);
    EXPECT_EQ(crashed.err, "lupaus: a stone\n");
}

TEST(CommandLine, WhatIsNotGivenComesFromItsVariable) {
    const config::Environment both{{"LUPAUS_BICYCLE_KEY", "k"}, {"LUPAUS_BICYCLE_PLACE", "yard"}};
    EXPECT_EQ(run(kCommands, {"bicycle", "lock"}, both).out, "k yard\n");
    EXPECT_EQ(run(kCommands, {"bicycle", "lock", "--place", "street"}, both).out, "k street\n");
    const auto missing =
        run(kCommands, {"bicycle", "lock"}, {{"LUPAUS_BICYCLE_KEY", ""}, {"LUPAUS_BICYCLE_PLACE", "x"}});
    EXPECT_EQ(missing.code, kMisused);
    EXPECT_EQ(missing.err, "lupaus: --key is required, or the variable LUPAUS_BICYCLE_KEY\n");
    EXPECT_THAT(missing.out, IsEmpty());
    EXPECT_THAT(run(kCommands, {"bicycle", "lock", "--help"}).out, HasSubstr("LUPAUS_BICYCLE_KEY"));
}

TEST(CommandLine, AFieldThatARoomRefusesIsNamedAsTheOptionItCameFrom) {
    const auto refused = run(kCommands, {"bicycle", "lock", "--key", "k", "--place", "p", "--lamp", "front"});
    EXPECT_EQ(refused.code, kFailed);
    EXPECT_EQ(refused.err, "lupaus: --lamp shine no longer\nlupaus: --key is bent\nlupaus: /frame: is rusty\n");
}

TEST(CommandLine, ClientsOfADeskFindItInTheEnvironment) {
    const auto send = run(admin_commands(), {"channel", "send", "--text", "Hei!"});
    EXPECT_EQ(send.code, kMisused);
    EXPECT_THAT(send.err, HasSubstr("LUPAUS_WEBHOOK_URL"));
    EXPECT_THAT(send.err, HasSubstr("LUPAUS_WEBHOOK_SECRET"));
    const auto wrong = run(admin_commands(), {"channel", "send", "--text", "Hei!"},
                           {{"LUPAUS_WEBHOOK_URL", "http://127.0.0.1:1/"}, {"LUPAUS_WEBHOOK_SECRET", "no secret"}});
    EXPECT_EQ(wrong.code, kFailed);
    EXPECT_THAT(wrong.err, HasSubstr("--secret"));
}

TEST(CommandLine, ScopesAreListedWhereTheyAreAskedFor) {
    const auto help = run(admin_commands(), {"token", "issue", "--help"}).out;
    const auto wrong = run(admin_commands(), {"token", "issue", "--account", "018f4e1a-0000-7000-8000-0123456789ab",
                                              "--role", "integrator", "--scope", "foo"})
                           .err;
    for (const auto scope : desk::token::kScopes) {
        EXPECT_THAT(help, HasSubstr(std::string(scope)));
        EXPECT_THAT(wrong, HasSubstr(std::string(scope)));
    }
    EXPECT_THAT(wrong, StartsWith("lupaus: --scope knows no \"foo\", only: "));
}

TEST(CommandLine, HelpIsAnAnswer) {
    const auto printed = run(kCommands, {"bicycle", "add", "--help"});
    EXPECT_EQ(printed.code, 0);
    EXPECT_THAT(printed.out, HasSubstr("--gear"));
}

TEST(CommandLine, EveryAdminCommandExplainsItself) {
    const auto commands = admin_commands();
    for (const auto& command : commands) {
        EXPECT_FALSE(command.help.empty()) << command.path;
        for (const auto& option : command.options) {
            EXPECT_FALSE(option.help.empty()) << command.path << " --" << option.name;
        }
    }
    const auto printed = run(commands, {"--help"});
    for (const auto* word : {"migrate", "account", "team", "agent", "channel", "policy", "token"}) {
        EXPECT_THAT(printed.out, HasSubstr(word));
    }
}

TEST(CommandLine, WithoutADatabaseItSaysWhichOptionIsMissing) {
    const auto printed = run(admin_commands(), {"account", "create", "--name", "Desk"});
    EXPECT_EQ(printed.code, kFailed);
    EXPECT_THAT(printed.err, HasSubstr("LUPAUS_DATABASE_URL"));
}

enum class Colour { red, blue };

std::string_view to_string(Colour colour) {
    return colour == Colour::red ? "red" : "blue";
}

TEST(Arguments, TellTheWordsThatAreAllowed) {
    Arguments arguments({{"frame", {"blue"}}, {"bell", {"green"}}, {"lamp", {"blue"}}});
    EXPECT_EQ(arguments.optional_code("frame", {Colour::red, Colour::blue}), Colour::blue);
    EXPECT_EQ(arguments.optional_code("saddle", {Colour::red, Colour::blue}), std::nullopt);
    EXPECT_EQ(arguments.optional_code("bell", {Colour::red, Colour::blue}), std::nullopt);
    EXPECT_EQ(arguments.optional_code("lamp", {Colour::red}), std::nullopt);
    ASSERT_TRUE(arguments.error());
    EXPECT_EQ(arguments.error()->fields.at(0).detail, "knows no \"green\", only: red, blue");
    EXPECT_EQ(arguments.error()->fields.at(1).detail, "knows no \"blue\", only: red");
}

TEST(Arguments, AnIdThatIsEmptyNamesNothing) {
    using ThingId = StrongId<struct ThingTag>;
    Arguments arguments({{"id", {""}}, {"maybe", {""}}, {"teams", {""}}, {"nil", {to_string(Uuid{})}}});
    arguments.id<ThingId>("id");
    arguments.optional_id<ThingId>("maybe");
    arguments.optional_id<ThingId>("absent");
    arguments.ids<ThingId>("teams");
    arguments.optional_id<ThingId>("nil");
    ASSERT_TRUE(arguments.error());
    EXPECT_EQ(arguments.error()->fields.size(), 4U) << "a script's variable that is not set is told";
}

TEST(Arguments, CollectEveryMistake) {
    Arguments arguments({{"id", {"7"}}, {"count", {"many"}}, {"name", {""}}, {"team", {"x", "y"}}});
    arguments.id<StrongId<struct ThingTag>>("id");
    arguments.optional_integer("count", 0, 9);
    arguments.text("name");
    arguments.ids<StrongId<struct ThingTag>>("team");
    const auto error = arguments.error();
    ASSERT_TRUE(error);
    std::vector<std::string> names;
    for (const auto& field : error->fields) {
        names.push_back(field.field);
    }
    EXPECT_THAT(names, ElementsAre("--id", "--count", "--name", "--team", "--team"));
}

}  // namespace
}  // namespace lupaus::cli
