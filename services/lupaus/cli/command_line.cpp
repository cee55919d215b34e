#include "services/lupaus/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <list>

namespace lupaus::cli {

namespace {

// What the library fills in for one command; its address must not change while the parser lives.
struct Parsed {
    const Command* command = nullptr;
    CLI::App* app = nullptr;
    std::map<std::string, std::vector<std::string>, std::less<>> values;
    std::map<std::string, bool, std::less<>> flags;
};

// "agent add": the group `agent` is made by its first command and explained by its members.
CLI::App* find_place(CLI::App& root, std::string_view path, std::string_view help) {
    const auto space = path.find(' ');
    const std::string word(path.substr(0, space));
    if (space == std::string_view::npos) {
        return root.add_subcommand(word, std::string(help));
    }
    const auto known = root.get_subcommands([&word](const CLI::App* group) { return group->get_name() == word; });
    auto* group = known.empty() ? root.add_subcommand(word) : known.front();
    const auto rest = path.substr(space + 1);
    group->description(group->get_description() + (known.empty() ? "" : ", ") + std::string(rest));
    group->require_subcommand(0, 1)->fallthrough();
    return find_place(*group, rest, help);
}

void add_option(Parsed& parsed, const Option& option) {
    const std::string flag = "--" + std::string(option.name);
    const std::string name(option.name);
    if (option.need == Need::flag) {
        parsed.app->add_flag(flag, parsed.flags[name], std::string(option.help));
        return;
    }
    const auto source = option.variable.empty() ? "" : "; without it the variable " + std::string(option.variable);
    auto* added = parsed.app->add_option(flag, parsed.values[name], std::string(option.help) + source);
    added->type_name(std::string(option.value))->expected(1)->allow_extra_args(false);
    if (option.need == Need::repeated) {
        added->take_all();
    }
    added->required(option.need == Need::required && option.variable.empty());
}

// What was typed, and behind it what the environment says.
Arguments::Values values_of(const Parsed& parsed, const config::Environment& environment) {
    Arguments::Values values;
    for (const auto& [name, given] : parsed.values) {
        values[name] = given;
    }
    for (const auto& option : parsed.command->options) {
        const auto found = environment.find(std::string(option.variable));
        auto& given = values[std::string(option.name)];
        if (given.empty() && found != environment.end() && !found->second.empty()) {
            given = {found->second};
        }
    }
    for (const auto& [name, given] : parsed.flags) {
        if (given) {
            values[name] = {"true"};
        }
    }
    return values;
}

// Rooms name the fields of a JSON body; here the same thing came as an option: /team_ids as --team, /target_s as
// --target.
std::string option_of(const Command& command, const std::string& field) {
    if (!field.starts_with('/')) {
        return field;
    }
    std::string name = field.substr(1);
    std::ranges::replace(name, '_', '-');
    for (const std::string_view ending : {"", "-id", "-ids", "-s", "s"}) {
        const auto stem = name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : std::string();
        if (std::ranges::find(command.options, stem, &Option::name) != command.options.end()) {
            return "--" + stem;
        }
    }
    return field;
}

void complain(const Command& command, const Error& error) {
    if (error.fields.empty() && !error.detail.empty()) {
        std::cerr << "lupaus: " << error.detail << '\n';
    }
    for (const auto& field : error.fields) {
        const auto name = option_of(command, field.field);
        std::cerr << "lupaus: " << name << (name.starts_with('-') ? " " : ": ") << field.detail << '\n';
    }
}

// An option that must be there may come from the environment, so the parser cannot tell that it is missing.
bool is_complete(const Command& command, const Arguments::Values& values) {
    bool complete = true;
    for (const auto& option : command.options) {
        if (option.need == Need::required && values.at(std::string(option.name)).empty()) {
            std::cerr << "lupaus: --" << option.name << " is required, or the variable " << option.variable << '\n';
            complete = false;
        }
    }
    return complete;
}

int run(const Parsed& parsed, const std::string& config_file, const config::Environment& environment) {
    auto values = values_of(parsed, environment);
    if (!is_complete(*parsed.command, values)) {
        return kMisused;
    }
    Arguments arguments(std::move(values));
    const Invocation invocation{
        .arguments = arguments,
        .config_file = config_file.empty() ? std::nullopt : std::optional(std::filesystem::path(config_file)),
        .environment = environment};
    try {
        const auto answer = parsed.command->run(invocation);
        if (!answer) {
            complain(*parsed.command, answer.error());
            return kFailed;
        }
        if (!answer->empty()) {
            std::cout << *answer << std::endl;
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "lupaus: " << error.what() << '\n';
        return kFailed;
    }
}

}  // namespace

int run_command_line(std::span<const Command> commands, int argc, const char* const* argv,
                     const config::Environment& environment) {
    CLI::App app("Lupaus: a customer-service desk that keeps its promises.", "lupaus");
    app.set_version_flag("--version", LUPAUS_VERSION);
    app.require_subcommand(0, 1);
    std::string config_file;
    app.add_option("--config", config_file, "The configuration file, in TOML")->type_name("FILE");
    app.fallthrough();
    std::list<Parsed> all;
    for (const auto& command : commands) {
        auto& parsed = all.emplace_back();
        parsed.command = &command;
        parsed.app = find_place(app, command.path, command.help);
        parsed.app->fallthrough();
        for (const auto& option : command.options) {
            add_option(parsed, option);
        }
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error, std::cout, std::cerr) == 0 ? 0 : kMisused;
    }
    for (const auto& parsed : all) {
        if (parsed.app->parsed()) {
            return run(parsed, config_file, environment);
        }
    }
    std::cerr << app.help() << "\nName a command.\n";
    return kMisused;
}

}  // namespace lupaus::cli
