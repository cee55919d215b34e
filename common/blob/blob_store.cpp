#include "common/blob/blob_store.hpp"

#include "common/base/uuid.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// Layout: <dir>/ab/abcdef… for the content, <dir>/tmp for files being written. A file is written under a random name,
// synced, and then renamed: a name of 64 digits never stands for half a file.

namespace lupaus::blob {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kLeftoverAge{1};  // nobody writes one file for so long

[[noreturn]] void fail(const char* what, const fs::path& path) {
    throw std::system_error(errno, std::generic_category(), std::string(what) + " " + path.string());
}

class File {
public:
    File(const fs::path& path, int flags) : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
        if (descriptor_ < 0) {
            fail("cannot open", path_);
        }
    }

    ~File() { ::close(descriptor_); }

    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                fail("cannot write", path_);
            }
            bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
    }

    std::string read() const {
        std::string bytes;
        std::array<char, 64 * 1024> buffer{};
        for (;;) {
            const auto got = ::read(descriptor_, buffer.data(), buffer.size());
            if (got == 0) {
                return bytes;
            }
            if (got < 0 && errno != EINTR) {
                fail("cannot read", path_);
            }
            bytes.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        }
    }

    void sync() const {
        if (::fsync(descriptor_) != 0) {
            fail("cannot sync", path_);
        }
    }

private:
    fs::path path_;
    int descriptor_;
};

void sync_directory(const fs::path& dir) {
    File(dir, O_RDONLY | O_DIRECTORY).sync();
}

void make_directory(const fs::path& dir) {
    if (::mkdir(dir.c_str(), 0750) != 0 && errno != EEXIST) {
        fail("cannot create", dir);
    }
}

// Creates an absolute path, each new name synced, so that it survives a power cut.
void make_durable_directories(const fs::path& dir) {
    if (!fs::is_directory(dir)) {
        make_durable_directories(dir.parent_path());
        make_directory(dir);
        sync_directory(dir.parent_path());
    }
}

// All folders are made beforehand, or each put() had to sync the folder of folders as well.
void make_folders(const fs::path& dir) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    make_directory(dir / "tmp");
    for (const char high : kDigits) {
        for (const char low : kDigits) {
            make_directory(dir / std::string{high, low});
        }
    }
    sync_directory(dir);
}

void write_new_file(const fs::path& path, std::string_view bytes) {
    const File file(path, O_WRONLY | O_CREAT | O_EXCL);
    file.write(bytes);
    file.sync();
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

bool is_hash(std::string_view text) {
    return text.size() == 64 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

fs::path path_of(const fs::path& dir, std::string_view hash) {
    return dir / hash.substr(0, 2) / hash;
}

fs::path new_path(const fs::path& dir) {
    return dir / "tmp" / to_string(make_uuid_v7());
}

void sweep(const fs::path& tmp) {
    const auto oldest = fs::file_time_type::clock::now() - kLeftoverAge;
    std::error_code ignored;  // another process may sweep or rename the same file
    for (const auto& entry : fs::directory_iterator(tmp)) {
        const auto written = entry.last_write_time(ignored);
        if (!ignored && written < oldest) {
            fs::remove(entry.path(), ignored);
        }
    }
}

}  // namespace

struct Draft::Content {
    explicit Content(const fs::path& dir) : path(new_path(dir)), file(path, O_WRONLY | O_CREAT | O_EXCL) {}

    ~Content() {
        std::error_code ignored;  // it has got its name, or nobody wants it
        fs::remove(path, ignored);
    }

    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;

    fs::path path;
    File file;
    crypto::Sha256 hash;
    std::uint64_t size = 0;
};

Draft::Draft(const fs::path& dir) : dir_(dir), content_(std::make_unique<Content>(dir)) {}

Draft::Draft(Draft&&) noexcept = default;

Draft::~Draft() = default;

void Draft::write(std::string_view part) {
    content_->file.write(part);
    content_->hash.add(part);
    content_->size += part.size();
}

Stored Draft::finish() {
    const Stored stored{crypto::hex_encode(crypto::as_bytes(content_->hash.finish())), content_->size};
    const auto path = path_of(dir_, stored.hash);
    content_->file.sync();
    fs::rename(content_->path, path);
    sync_directory(path.parent_path());
    return stored;
}

BlobStore::BlobStore(const fs::path& dir) : dir_(fs::absolute(dir / "").parent_path()) {
    make_durable_directories(dir_);
    make_folders(dir_);
    sweep(dir_ / "tmp");
}

Stored BlobStore::put(std::string_view bytes) {
    const Stored stored{crypto::hex_encode(crypto::as_bytes(crypto::sha256(bytes))), bytes.size()};
    const auto path = path_of(dir_, stored.hash);
    // A size that differs can only be a damaged disk; the right bytes are at hand, so they replace it.
    if (size_of(path) != stored.size) {
        const auto draft = new_path(dir_);
        try {
            write_new_file(draft, bytes);
            fs::rename(draft, path);
        } catch (...) {
            std::error_code ignored;
            fs::remove(draft, ignored);
            throw;
        }
    }
    // Also for a file that was there: whoever renamed it may not have come to this line yet.
    sync_directory(path.parent_path());
    return stored;
}

bool BlobStore::contains(std::string_view hash) const {
    return is_hash(hash) && size_of(path_of(dir_, hash)).has_value();
}

Result<std::string> BlobStore::read(std::string_view hash) const {
    if (!is_hash(hash)) {
        return Error{.code = Errc::invalid, .detail = "A file is named by 64 lower-case hexadecimal digits."};
    }
    if (!contains(hash)) {
        return not_found("file");
    }
    auto bytes = File(path_of(dir_, hash), O_RDONLY).read();
    if (crypto::hex_encode(crypto::as_bytes(crypto::sha256(bytes))) != hash) {
        throw std::runtime_error("the content of " + path_of(dir_, hash).string() + " does not match its name");
    }
    return bytes;
}

}  // namespace lupaus::blob
