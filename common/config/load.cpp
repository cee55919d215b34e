#include "common/config/options.hpp"
#include "common/crypto/encoding.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include <unistd.h>

namespace lupaus::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr std::size_t kKeyBytes = 32;

constexpr std::string_view kTestPrefix = "LUPAUS_TEST_";  // of this repository's own tests
constexpr std::string_view kFileSuffix = "_FILE";

constexpr unsigned kNoLine = std::numeric_limits<unsigned>::max();  // mistakes outside the file come after its own

std::optional<std::string> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || fs::is_directory(path)) {
        return std::nullopt;
    }
    std::string text(kFileBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return file.bad() || text.size() > kFileBytesMax ? std::nullopt : std::optional(text);
}

class Loader {
public:
    void load_defaults();
    void load_file(const fs::path& path);
    void load_environment(const Environment& environment);
    bool load_secret_file(const std::string& variable, const std::string& path, const Environment& environment);
    std::optional<std::string> read_private(const fs::path& path, const std::string& where, const std::string& name);
    void load_key();
    void check_together();
    Result<Config> finish();

private:
    void load_section(const toml::key& section, const toml::node& content);
    void load_entry(const std::string& key, const toml::key& name, const toml::node& value);
    void set(const Option& option, std::string_view text, const std::string& where, unsigned line);
    void mistake(const std::string& where, std::string detail, unsigned line = kNoLine);
    void mistake_at(const toml::source_region& region, std::string detail);
    std::string where(std::string_view key) const;

    std::string in_file(unsigned line) const { return file_name_ + ":" + std::to_string(line); }

    Config config_;
    std::string file_name_;
    std::map<std::string, std::string, std::less<>> sources_;  // where each option that is not a default was set
    std::multimap<unsigned, FieldError> mistakes_;             // by line
};

void Loader::mistake(const std::string& where, std::string detail, unsigned line) {
    mistakes_.emplace(line, FieldError{where, std::move(detail)});
}

void Loader::mistake_at(const toml::source_region& region, std::string detail) {
    mistake(in_file(region.begin.line), std::move(detail), region.begin.line);
}

std::string Loader::where(std::string_view key) const {
    const auto source = sources_.find(key);
    return source == sources_.end() ? "default" : source->second;
}

void Loader::set(const Option& option, std::string_view text, const std::string& where, unsigned line) {
    sources_[std::string(option.key)] = where;
    if (auto fault = assign(option, text, config_)) {
        mistake(where, std::string(option.key) + " " + *fault, line);
    }
}

void Loader::load_defaults() {
    for (const auto& option : options()) {
        if (const auto fault = assign(option, option.initial, config_)) {
            throw std::logic_error("the default of " + std::string(option.key) + " " + *fault);
        }
    }
}

void Loader::load_file(const fs::path& path) {
    file_name_ = path.string();
    const auto text = read_file(path);
    if (!text) {
        mistake(file_name_, "cannot be read as a file of at most 1 MiB");
        return;
    }
    try {
        const auto document = toml::parse(*text, file_name_);
        for (const auto& [section, content] : document) {
            load_section(section, content);
        }
    } catch (const toml::parse_error& error) {
        mistake_at(error.source(), std::string(error.description()));
    }
}

void Loader::load_section(const toml::key& section, const toml::node& content) {
    const std::string name(section.str());
    if (!is_section(name)) {
        mistake_at(section.source(), "there is no section " + name);
        return;
    }
    const auto* table = content.as_table();
    if (table == nullptr) {
        mistake_at(section.source(), name + " is a section: write [" + name + "] and the options below it");
        return;
    }
    for (const auto& [key, value] : *table) {
        load_entry(name + "." + std::string(key.str()), key, value);
    }
}

// An option's TOML value as the environment would spell it, or nothing when it has another type.
std::optional<std::string> spelled(const Slot& slot, const toml::node& value) {
    if (std::holds_alternative<bool*>(slot)) {
        const auto* flag = value.as_boolean();
        return flag == nullptr ? std::nullopt : std::optional<std::string>(flag->get() ? "true" : "false");
    }
    if (std::holds_alternative<int*>(slot)) {
        const auto* number = value.as_integer();
        return number == nullptr ? std::nullopt : std::optional(std::to_string(number->get()));
    }
    if (std::holds_alternative<double*>(slot)) {
        const auto number = value.is_number() ? value.value<double>() : std::nullopt;
        return number ? std::optional(number_text(*number)) : std::nullopt;
    }
    if (!std::holds_alternative<List*>(slot)) {
        const auto* text = value.as_string();
        return text == nullptr ? std::nullopt : std::optional(text->get());
    }
    const auto* list = value.as_array();
    if (list == nullptr) {
        return std::nullopt;
    }
    std::string joined;
    for (const auto& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr || text->get().find(',') != std::string::npos) {
            return std::nullopt;
        }
        joined += (joined.empty() ? "" : ",") + text->get();
    }
    return joined;
}

std::string_view type_wanted(const Option& option, const Slot& slot) {
    if (std::holds_alternative<bool*>(slot)) {
        return "true or false";
    }
    if (std::holds_alternative<int*>(slot)) {
        return "an integer";
    }
    if (std::holds_alternative<double*>(slot)) {
        return "a number";
    }
    if (std::holds_alternative<List*>(slot)) {
        return "a list of strings";
    }
    return std::holds_alternative<Span>(option.rule) ? "a duration in quotes, such as \"90s\"" : "a string in quotes";
}

void Loader::load_entry(const std::string& key, const toml::key& name, const toml::node& value) {
    const auto* option = find_option(key);
    if (option == nullptr) {
        mistake_at(name.source(), "there is no option " + key);
        return;
    }
    const auto slot = option->slot(config_);
    const auto text = spelled(slot, value);
    const auto line = value.source().begin.line;
    if (!text) {
        mistake_at(value.source(), key + " must be " + std::string(type_wanted(*option, slot)));
        return;
    }
    set(*option, *text, in_file(line), line);
}

// LUPAUS_DATABASE_APP_URL_FILE names the file that holds LUPAUS_DATABASE_APP_URL: secrets stay out of the environment,
// which is how a service manager hands them over. False: no such variable exists.
bool Loader::load_secret_file(const std::string& variable, const std::string& path, const Environment& environment) {
    if (!variable.ends_with(kFileSuffix)) {
        return false;
    }
    const auto base = variable.substr(0, variable.size() - kFileSuffix.size());
    const auto option = std::ranges::find(options(), base, &Option::variable);
    if (option == options().end() || !std::holds_alternative<Secret*>(option->slot(config_))) {
        return false;
    }
    if (const auto beside = environment.find(base); beside != environment.end() && !beside->second.empty()) {
        mistake(variable, base + " is set as well: only one of them can count");
    } else if (const auto text = read_private(path, variable, std::string(option->key))) {
        set(*option, *text, variable, kNoLine);
    }
    return true;
}

// A variable that is no option is a mistake, wherever it is misspelt: silence would look like success.
void Loader::load_environment(const Environment& environment) {
    for (const auto& [variable, text] : environment) {
        const bool is_ours = variable.starts_with("LUPAUS_") && !variable.starts_with(kTestPrefix);
        if (!is_ours || text.empty() || is_tour_variable(variable)) {
            continue;
        }
        const auto option = std::ranges::find(options(), variable, &Option::variable);
        if (option != options().end()) {
            set(*option, text, variable, kNoLine);
        } else if (!load_secret_file(variable, text, environment)) {
            mistake(variable, "there is no such option");
        }
    }
}

// The text of a file that nobody else may open, without the blanks at its end.
std::optional<std::string> Loader::read_private(const fs::path& path, const std::string& where,
                                                const std::string& name) {
    auto text = read_file(path);
    if (!text) {
        mistake(where, name + ": " + path.string() + " cannot be read");
        return std::nullopt;
    }
    std::error_code error;
    const auto rights = fs::status(path, error).permissions();
    if (error || (rights & fs::perms::others_all) != fs::perms::none) {
        mistake(where, name + ": " + path.string() + " is open to everybody; chmod 600 it");
        return std::nullopt;
    }
    text->erase(text->find_last_not_of(" \t\r\n") + 1);
    return text;
}

void Loader::load_key() {
    const auto& path = config_.secret.key_file;
    if (path.empty()) {
        return;
    }
    const auto at = where("secret.key_file");
    const auto text = read_private(path, at, "secret.key_file");
    if (!text) {
        return;
    }
    const auto bytes = crypto::hex_decode(*text);
    if (!bytes || bytes->size() != kKeyBytes) {
        mistake(at, "secret.key_file: " + path.string() + " must hold 64 hexadecimal digits (openssl rand -hex 32)");
        return;
    }
    config_.secret.key = Secret(*bytes);
}

void Loader::check_together() {
    const auto require = [this](bool holds, std::string_view key, std::string_view rule) {
        if (!holds) {
            mistake(where(key), std::string(key) + " " + std::string(rule));
        }
    };
    require(config_.presence.offline_after > config_.presence.away_after, "presence.offline_after",
            "must be more than presence.away_after");
    require(config_.courier.lease > config_.courier.attempt_wait, "courier.lease",
            "must be more than courier.attempt_wait");
    require(config_.courier.retry_max >= config_.courier.retry_first, "courier.retry_max",
            "must not be less than courier.retry_first");
    require(config_.http.port == 0 || config_.http.port != config_.metrics.port, "metrics.port",
            "must be another port than http.port");
    const auto& blob = config_.blob;
    require(blob.endpoint.empty() || !blob.bucket.empty(), "blob.endpoint", "needs blob.bucket as well");
    require(blob.endpoint.empty() || !blob.access_key.empty(), "blob.endpoint", "needs blob.access_key as well");
    require(blob.endpoint.empty() || !blob.secret_key.empty(), "blob.endpoint", "needs blob.secret_key as well");
    require(blob.endpoint.empty() || !blob.region.empty(), "blob.region", "must not be empty");
    const auto& http = config_.http;
    require(http.tls_certificate_file.empty() || !http.tls_key_file.empty(), "http.tls_certificate_file",
            "needs http.tls_key_file as well");
    require(http.tls_key_file.empty() || !http.tls_certificate_file.empty(), "http.tls_key_file",
            "needs http.tls_certificate_file as well");
}

Result<Config> Loader::finish() {
    if (mistakes_.empty()) {
        return std::move(config_);
    }
    Error error{.code = Errc::invalid,
                .detail = "the configuration has " + std::to_string(mistakes_.size()) +
                          (mistakes_.size() == 1 ? " mistake:" : " mistakes:")};
    for (auto& [line, field] : mistakes_) {
        error.detail += "\n  " + field.field + ": " + field.detail;
        error.fields.push_back(std::move(field));
    }
    return error;
}

}  // namespace

Environment process_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (text.starts_with("LUPAUS_") && equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

std::vector<std::string> missing_to_serve(const Config& config) {
    std::vector<std::string> missing;
    const auto need = [&missing](bool is_present, std::string what) {
        if (!is_present) {
            missing.push_back(std::move(what));
        }
    };
    need(!config.database.app_url.empty(), "database.app_url (LUPAUS_DATABASE_APP_URL): the role lupaus_app");
    need(!config.database.worker_url.empty(),
         "database.worker_url (LUPAUS_DATABASE_WORKER_URL): the role lupaus_worker");
    need(!config.secret.key.empty(), "secret.key_file (LUPAUS_SECRET_KEY_FILE): 32 bytes in hexadecimal");
    need(!config.blob.dir.empty(), "blob.dir (LUPAUS_BLOB_DIR): where attachments are kept");
    return missing;
}

Result<Config> load_config(const std::optional<fs::path>& file, const Environment& environment) {
    Loader loader;
    loader.load_defaults();
    if (file) {
        loader.load_file(*file);
    }
    loader.load_environment(environment);
    loader.load_key();
    loader.check_together();
    return loader.finish();
}

}  // namespace lupaus::config
