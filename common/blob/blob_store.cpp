#include "common/blob/blob_store.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::blob {

namespace {

bool is_hash(std::string_view text) {
    return text.size() == 64 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

struct Reader::Check {
    crypto::Sha256 hash;
    std::uint64_t received = 0;
};

Reader::Reader(Stored stored, std::unique_ptr<Source> source)
    : stored_(std::move(stored)), source_(std::move(source)), check_(std::make_unique<Check>()) {}

Reader::Reader(Reader&&) noexcept = default;

Reader::~Reader() = default;

std::string Reader::next() {
    if (check_->received == stored_.size) {
        return {};
    }
    auto part = source_->next();
    if (part.empty() || part.size() > stored_.size - check_->received) {
        throw std::runtime_error("the content of " + stored_.hash + " has another size than was said");
    }
    check_->received += part.size();
    check_->hash.add(part);
    const bool is_last = check_->received == stored_.size;
    if (is_last && crypto::hex_encode(crypto::as_bytes(check_->hash.finish())) != stored_.hash) {
        throw std::runtime_error("the content of " + stored_.hash + " does not match its name");
    }
    return part;
}

BlobStore::BlobStore() : pool_(limits::kBlobThreads) {}

Result<Reader> BlobStore::open(std::string_view hash) const {
    if (!is_hash(hash)) {
        return Error{.code = Errc::invalid, .detail = "A file is named by 64 lower-case hexadecimal digits."};
    }
    return open_named(hash);
}

Result<std::string> BlobStore::read(std::string_view hash) const {
    auto reader = open(hash);
    if (!reader) {
        return reader.error();
    }
    std::string bytes;
    bytes.reserve(reader->size());
    for (auto part = reader->next(); !part.empty(); part = reader->next()) {
        bytes += part;
    }
    return bytes;
}

bool BlobStore::contains(std::string_view hash) const {
    return is_hash(hash) && contains_named(hash);
}

std::string path_of(std::string_view hash) {
    return std::string(hash.substr(0, 2)) + "/" + std::string(hash);
}

}  // namespace lupaus::blob
