// A command of the program: words, options, and a function that does it. Tables of these make up the command line; only
// command_line.cpp knows the library that parses it.
#pragma once

#include "common/config/config.hpp"
#include "services/lupaus/cli/arguments.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::cli {

enum class Need { optional, required, repeated, flag };

struct Option {
    std::string_view name;   // without its dashes
    std::string_view value;  // what stands for the value in the help: NAME, ID, 2m
    std::string_view help;
    Need need = Need::optional;
    std::string_view variable{};  // read where the option is not given, so that secrets need not be on a command line
};

// One call of a command. The configuration is loaded only by those who need it.
struct Invocation {
    Arguments& arguments;
    std::optional<std::filesystem::path> config_file;
    const config::Environment& environment;

    Result<config::Config> load_config() const { return config::load_config(config_file, environment); }
};

// The answer is printed on standard output as one line; empty: nothing. An error without any words has already been
// explained by whoever returns it, in the log.
using Run = std::function<Result<std::string>(const Invocation&)>;

struct Command {
    std::string_view path;  // "agent add"
    std::string_view help;
    std::vector<Option> options;
    Run run;
};

}  // namespace lupaus::cli
