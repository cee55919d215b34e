#include "common/blob/file.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lupaus::blob {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& path) {
    throw std::system_error(errno, std::generic_category(), std::string(what) + " " + path.string());
}

}  // namespace

File::File(const fs::path& path, int flags) : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
    if (descriptor_ < 0) {
        fail("cannot open", path_);
    }
}

File::~File() {
    ::close(descriptor_);
}

void File::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            fail("cannot write", path_);
        }
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
}

std::size_t File::read(std::span<char> place) const {
    for (;;) {
        const auto got = ::read(descriptor_, place.data(), place.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            fail("cannot read", path_);
        }
    }
}

std::size_t File::read_at(std::span<char> place, std::uint64_t offset) const {
    for (;;) {
        const auto got = ::pread(descriptor_, place.data(), place.size(), static_cast<off_t>(offset));
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            fail("cannot read", path_);
        }
    }
}

void File::sync() const {
    if (::fsync(descriptor_) != 0) {
        fail("cannot sync", path_);
    }
}

void sync_directory(const fs::path& dir) {
    File(dir, O_RDONLY | O_DIRECTORY).sync();
}

void make_directory(const fs::path& dir) {
    if (::mkdir(dir.c_str(), 0750) != 0 && errno != EEXIST) {
        fail("cannot create", dir);
    }
}

// Each new name is synced, so that it survives a power cut.
void make_durable_directories(const fs::path& dir) {
    if (!fs::is_directory(dir)) {
        make_durable_directories(dir.parent_path());
        make_directory(dir);
        sync_directory(dir.parent_path());
    }
}

std::optional<std::uint64_t> size_of(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) {
        return static_cast<std::uint64_t>(status.st_size);
    }
    if (errno != ENOENT) {
        fail("cannot look at", path);
    }
    return std::nullopt;
}

}  // namespace lupaus::blob
