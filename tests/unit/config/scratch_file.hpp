// A file with a content and rights of the test's choice, gone with the test.
#pragma once

#include "common/base/uuid.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace lupaus::config {

class ScratchFile {
public:
    explicit ScratchFile(std::string_view content, std::filesystem::perms rights = std::filesystem::perms::owner_read)
        : path_(std::filesystem::temp_directory_path() / ("lupaus-config-" + to_string(make_uuid_v7()))) {
        std::ofstream(path_) << content;
        std::filesystem::permissions(path_, rights);
    }

    ~ScratchFile() { std::filesystem::remove(path_); }

    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace lupaus::config
