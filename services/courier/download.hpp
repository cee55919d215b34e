// The body of one answer on its way into the store of files, part by part, so that no file is ever in memory as a
// whole. I/O thread; the disk is written in the pool. A failing disk throws.
#pragma once

#include "common/blob/blob_store.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace lupaus::courier {

class Download {
public:
    Download(blob::BlobStore& blobs, boost::asio::thread_pool& pool) : blobs_(blobs), pool_(pool) {}

    boost::asio::awaitable<void> add(std::string part);
    boost::asio::awaitable<blob::Stored> finish();  // once

    std::size_t received() const { return received_; }

private:
    boost::asio::awaitable<void> write();

    blob::BlobStore& blobs_;
    boost::asio::thread_pool& pool_;
    std::optional<blob::Draft> draft_;
    std::string waiting_;
    std::size_t received_ = 0;
};

}  // namespace lupaus::courier
