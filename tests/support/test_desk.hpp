// A whole desk::Context over a database of its own, with default options and throwaway folders: what services and API
// handlers are given in tests. Nothing runs by itself; run `io` where wake-ups matter.
#pragma once

#include "services/desk/context/context.hpp"
#include "tests/support/builders.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>

namespace lupaus::support {

// A folder that lives as long as its object.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class TestDesk {
public:
    explicit TestDesk(const config::Environment& options = {});  // options as LUPAUS_* variables
    TestDesk(const TestDesk&) = delete;
    TestDesk& operator=(const TestDesk&) = delete;

    TestDatabase database{};
    boost::asio::io_context io{1};
    config::Config config;
    blob::BlobStore& blobs;  // one for the whole test binary: making a store takes a while, and content never collides
    telemetry::Metrics metrics{};
    desk::Wakeups wakeups;
    desk::Context context;
};

}  // namespace lupaus::support
