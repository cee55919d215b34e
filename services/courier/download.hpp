// The body of one answer on its way into the store of files, part by part, so that no file is ever in memory as a
// whole. I/O thread; the store may block where it likes to. What it throws passes on.
#pragma once

#include "common/blob/blob_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace lupaus::courier {

class Download {
public:
    explicit Download(blob::BlobStore& blobs) : blobs_(blobs) {}

    boost::asio::awaitable<void> add(std::string part);
    boost::asio::awaitable<blob::Stored> finish();  // once

    std::size_t received() const { return received_; }

private:
    boost::asio::awaitable<void> write();

    blob::BlobStore& blobs_;
    std::optional<blob::Draft> draft_;
    std::string waiting_;
    std::size_t received_ = 0;
};

}  // namespace lupaus::courier
