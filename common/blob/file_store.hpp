// The store on a disk: <dir>/ab/abcdef… for the content, <dir>/tmp for files being written. A file is written under a
// random name, synced, and then renamed: a name of 64 digits never stands for half a file.
#pragma once

#include "common/blob/blob_store.hpp"

#include <filesystem>

namespace lupaus::blob {

class FileStore final : public BlobStore {
public:
    explicit FileStore(const std::filesystem::path& dir);  // creates it
    ~FileStore() override;

    Stored put(std::string_view bytes) override;
    Draft begin() const override;

    const std::filesystem::path& dir() const { return drafts_.dir(); }

private:
    Result<Reader> open_named(std::string_view hash) const override;
    bool contains_named(std::string_view hash) const override;
    std::filesystem::path place_of(std::string_view hash) const;

    DraftFolder drafts_;
};

}  // namespace lupaus::blob
