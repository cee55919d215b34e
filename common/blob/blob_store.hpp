// Files named by the SHA-256 of their content: the same bytes are stored once, nothing is ever overwritten. When put()
// returns, the file and its name survive a power cut (file and directories are synced). Blocking; any thread and any
// number of processes on one directory. Errors: invalid for a hash that is none, not_found; a failing disk throws
// std::system_error, a file that no longer matches its name std::runtime_error.
#pragma once

#include "common/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace lupaus::blob {

struct Stored {
    std::string hash;  // 64 lower-case hexadecimal digits
    std::uint64_t size = 0;
};

// A file that comes in parts. It has its name when finish() returns, as durable as after put(); one that is dropped
// before leaves nothing behind. Of one thread at a time.
class Draft {
public:
    explicit Draft(const std::filesystem::path& dir);  // of the store
    Draft(Draft&&) noexcept;
    Draft& operator=(Draft&&) = delete;
    ~Draft();

    void write(std::string_view part);
    Stored finish();  // once

private:
    struct Content;
    std::filesystem::path dir_;
    std::unique_ptr<Content> content_;
};

class BlobStore {
public:
    explicit BlobStore(const std::filesystem::path& dir);  // creates it; sweeps what an interrupted put() left behind

    Stored put(std::string_view bytes);

    Draft begin() const { return Draft(dir_); }

    Result<std::string> read(std::string_view hash) const;  // checked against the hash
    bool contains(std::string_view hash) const;

    const std::filesystem::path& dir() const { return dir_; }

private:
    std::filesystem::path dir_;
};

}  // namespace lupaus::blob
