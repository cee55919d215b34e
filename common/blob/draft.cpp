#include "common/blob/draft.hpp"

#include "common/base/uuid.hpp"
#include "common/blob/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>

namespace lupaus::blob {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kLeftoverAge{1};  // nobody writes one file for so long

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

DraftFolder::DraftFolder(const fs::path& dir) : dir_(fs::absolute(dir / "").parent_path()) {
    make_durable_directories(dir_);
    make_directory(dir_ / "tmp");
    sweep(dir_ / "tmp");
}

fs::path DraftFolder::new_path() const {
    return dir_ / "tmp" / to_string(make_uuid_v7());
}

struct Draft::Content {
    explicit Content(const fs::path& where) : path(where), file(path, O_RDWR | O_CREAT | O_EXCL) {}

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

Draft::Draft(const DraftFolder& folder, Keep keep)
    : content_(std::make_unique<Content>(folder.new_path())), keep_(std::move(keep)) {}

Draft::Draft(Draft&&) noexcept = default;

Draft::~Draft() = default;

void Draft::write(std::string_view part) {
    content_->file.write(part);
    content_->hash.add(part);
    content_->size += part.size();
}

Stored Draft::finish() {
    const Stored stored{crypto::hex_encode(crypto::as_bytes(content_->hash.finish())), content_->size};
    keep_(content_->file, content_->path, stored);
    return stored;
}

}  // namespace lupaus::blob
