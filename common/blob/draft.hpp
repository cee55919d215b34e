// What comes in parts and has no name yet: a file in the store's folder tmp/ until its end, so that it is never in
// memory as a whole. It is stored when finish() returns, as after put(); one that is dropped before leaves nothing
// behind. Blocking, of one thread at a time. A failing disk throws std::system_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lupaus::blob {

class File;

struct Stored {
    std::string hash;  // 64 lower-case hexadecimal digits
    std::uint64_t size = 0;
};

// Where drafts are written. Making it sweeps away what interrupted ones left behind.
class DraftFolder {
public:
    explicit DraftFolder(const std::filesystem::path& dir);  // of the store; made where it is not there

    const std::filesystem::path& dir() const { return dir_; }  // absolute

    std::filesystem::path new_path() const;

private:
    std::filesystem::path dir_;
};

class Draft {
public:
    // Gives the finished draft its name. A file that was moved away meanwhile is left where it is.
    using Keep = std::function<void(const File& file, const std::filesystem::path& path, const Stored& stored)>;

    Draft(const DraftFolder& folder, Keep keep);
    Draft(Draft&&) noexcept;
    Draft& operator=(Draft&&) = delete;
    ~Draft();

    void write(std::string_view part);
    Stored finish();  // once

private:
    struct Content;
    std::unique_ptr<Content> content_;
    Keep keep_;
};

}  // namespace lupaus::blob
