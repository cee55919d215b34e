// Files and folders of the store, with what POSIX needs for them to survive a power cut. Blocking; a failing disk
// throws std::system_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace lupaus::blob {

class File {
public:
    File(const std::filesystem::path& path, int flags);  // as open(2) has them
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write(std::string_view bytes) const;
    std::size_t read(std::span<char> place) const;                           // 0: the end
    std::size_t read_at(std::span<char> place, std::uint64_t offset) const;  // 0: the end
    void sync() const;

private:
    std::filesystem::path path_;
    int descriptor_;
};

void sync_directory(const std::filesystem::path& dir);
void make_directory(const std::filesystem::path& dir);            // or leaves it as it is
void make_durable_directories(const std::filesystem::path& dir);  // of an absolute path
std::optional<std::uint64_t> size_of(const std::filesystem::path& path);

}  // namespace lupaus::blob
