// The store in a bucket of an S3-compatible service, under the names that files have below the folder. What was put is
// sent with its hash, which the service checks, and counts as stored when the service has said so. Whole files are
// never in memory: a draft waits on disk until its hash is known. Requests run on a thread of their own.
#pragma once

#include "common/blob/blob_store.hpp"
#include "common/s3/bucket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <thread>

namespace lupaus::blob {

class BucketStore final : public BlobStore {
public:
    BucketStore(s3::Place place, const std::filesystem::path& dir);  // drafts are in dir/tmp; asks the service nothing
    ~BucketStore() override;                                         // a request under way ends, none is tried again

    Stored put(std::string_view bytes) override;
    Draft begin() const override;

private:
    class Known;

    Result<Reader> open_named(std::string_view hash) const override;
    bool contains_named(std::string_view hash) const override;
    void upload(s3::Body body) const;

    DraftFolder drafts_;
    mutable boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<s3::Bucket> bucket_;
    std::unique_ptr<Known> known_;
    std::thread thread_;
};

}  // namespace lupaus::blob
