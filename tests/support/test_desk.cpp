#include "tests/support/test_desk.hpp"

#include "common/blob/file_store.hpp"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace lupaus::support {

namespace {

blob::BlobStore& shared_blobs() {
    static const ScratchFolder folder;
    static blob::FileStore blobs(folder.path());
    return blobs;
}

}  // namespace

ScratchFolder::ScratchFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "lupaus-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

TestDesk::TestDesk(const config::Environment& options)
    : config(config::load_config(std::nullopt, options).value()),
      blobs(shared_blobs()),
      wakeups(io.get_executor(), database.worker()),
      context{.config = config,
              .app = database.app(),
              .worker = database.worker(),
              .wakeups = wakeups,
              .box = test_box(),
              .blobs = blobs,
              .metrics = metrics} {}

}  // namespace lupaus::support
