#include "common/blob/file_store.hpp"

#include "common/base/limits.hpp"
#include "common/blob/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <system_error>

#include <fcntl.h>

namespace lupaus::blob {

namespace {

namespace fs = std::filesystem;

// All folders are made beforehand, or each put() had to sync the folder of folders as well.
void make_folders(const fs::path& dir) {
    constexpr std::string_view kDigits = "0123456789abcdef";
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

class FromFile final : public Reader::Source {
public:
    explicit FromFile(const fs::path& path) : file_(path, O_RDONLY) {}

    std::string next() override {
        std::string part(limits::kStreamPartBytes, '\0');
        part.resize(file_.read(part));
        return part;
    }

private:
    File file_;
};

}  // namespace

FileStore::FileStore(const fs::path& dir) : drafts_(dir) {
    make_folders(drafts_.dir());
}

FileStore::~FileStore() {
    end_work();
}

fs::path FileStore::place_of(std::string_view hash) const {
    return dir() / path_of(hash);
}

Stored FileStore::put(std::string_view bytes) {
    const Stored stored{crypto::hex_encode(crypto::as_bytes(crypto::sha256(bytes))), bytes.size()};
    const auto path = place_of(stored.hash);
    // A size that differs can only be a damaged disk; the right bytes are at hand, so they replace it.
    if (size_of(path) != stored.size) {
        const auto draft = drafts_.new_path();
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

Draft FileStore::begin() const {
    const auto keep = [dir = dir()](const File& file, const fs::path& draft, const Stored& stored) {
        const auto path = dir / path_of(stored.hash);
        file.sync();
        fs::rename(draft, path);
        sync_directory(path.parent_path());
    };
    return Draft(drafts_, keep);
}

bool FileStore::contains_named(std::string_view hash) const {
    return size_of(place_of(hash)).has_value();
}

Result<Reader> FileStore::open_named(std::string_view hash) const {
    const auto path = place_of(hash);
    const auto size = size_of(path);
    if (!size) {
        return not_found("file");
    }
    return Reader({.hash = std::string(hash), .size = *size}, std::make_unique<FromFile>(path));
}

}  // namespace lupaus::blob
