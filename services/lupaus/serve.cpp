#include "services/lupaus/serve.hpp"

#include "common/telemetry/log.hpp"
#include "services/lupaus/process.hpp"

#include <boost/asio/co_spawn.hpp>

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

namespace lupaus {

namespace asio = boost::asio;

namespace {

// Both roles are asked before anything listens; a database that is not there yet is an error of the start.
std::vector<std::string> refusals(const config::Config& config) {
    std::vector<std::string> reasons;
    for (const auto& [name, url] : {std::pair{"app", &config.database.app_url}, std::pair{"worker", &config.database.worker_url}}) {
        DatabaseOptions options;
        options.url = std::string(url->reveal());
        options.name = name;
        options.threads = 1;
        Database database(std::move(options));
        for (auto& reason : refuse_database(database)) {
            if (std::ranges::find(reasons, reason) == reasons.end()) {
                reasons.push_back(std::move(reason));
            }
        }
    }
    return reasons;
}

// A connection is an open file, and what a shell allows by default is less than the server can hold. The hard limit
// stays the operator's word.
void raise_file_limit() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
}

// Else a block of the size of a large mail raises glibc's own limits with the first free(), and from then on each
// thread that held such a block keeps its memory for the next one.
void give_back_large_blocks() {
    constexpr int kLargeBytes = 4 * 1024 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
    ::mallopt(M_TRIM_THRESHOLD, 2 * kLargeBytes);
}

bool explain(std::string_view message, const std::vector<std::string>& reasons) {
    for (const auto& reason : reasons) {
        log::error(message, {{"reason", reason}});
    }
    return !reasons.empty();
}

}  // namespace

int serve(const config::Config& config, const std::set<std::string>& roles, const systemd::Supervision& supervision) {
    if (explain("a setting is missing", config::missing_to_serve(config))) {
        return 1;
    }
    raise_file_limit();
    give_back_large_blocks();
    try {
        if (explain("this database is not served", refusals(config))) {
            return 1;
        }
        asio::io_context io(1);
        Process process(config, roles, io, supervision);
        std::exception_ptr failure;
        asio::co_spawn(io, [&process] { return process.run(); }, [&failure](std::exception_ptr error) { failure = error; });
        io.run();
        if (failure) {
            std::rethrow_exception(failure);
        }
        return 0;
    } catch (const std::exception& error) {
        log::error("the desk could not run", {{"error", error.what()}});
        return 1;
    }
}

}  // namespace lupaus
