// What is kept by the SHA-256 of its content: the same bytes once, nothing is ever overwritten or taken away. It is on
// disk (file_store.hpp) or in a bucket (bucket_store.hpp). What put() or finish() returned is stored for good: bytes
// and name. Blocking; any thread but the I/O thread, any number of processes on one store. Errors: invalid for a hash
// that is none, not_found. Throws std::runtime_error: Unavailable for a bucket, std::system_error for a disk, another
// one for content that does not match its name.
#pragma once

#include "common/base/error.hpp"
#include "common/blob/draft.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lupaus::blob {

// The store cannot be asked: who waits for it comes back later.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Content in parts. The last one is handed out only where all of them match the name, so nobody takes what is damaged,
// cut or too long for the whole. Of one thread at a time; not longer than its store.
class Reader {
public:
    class Source {
    public:
        virtual ~Source() = default;
        virtual std::string next() = 0;  // empty: nothing follows
    };

    Reader(Stored stored, std::unique_ptr<Source> source);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) = delete;
    ~Reader();

    std::uint64_t size() const { return stored_.size; }

    std::string next();  // empty: that was all

private:
    struct Check;
    Stored stored_;
    std::unique_ptr<Source> source_;
    std::unique_ptr<Check> check_;
};

class BlobStore {
public:
    virtual ~BlobStore() = default;

    virtual Stored put(std::string_view bytes) = 0;
    virtual Draft begin() const = 0;

    Result<Reader> open(std::string_view hash) const;
    Result<std::string> read(std::string_view hash) const;  // the whole
    bool contains(std::string_view hash) const;

    // Where coroutines of the I/O thread let the store block: offload(blobs.executor(), ...).
    boost::asio::thread_pool::executor_type executor() const { return pool_.get_executor(); }

protected:
    BlobStore();
    virtual Result<Reader> open_named(std::string_view hash) const = 0;  // a hash that is one
    virtual bool contains_named(std::string_view hash) const = 0;

    void end_work() { pool_.join(); }  // before what the work needs is gone

private:
    mutable boost::asio::thread_pool pool_;
};

std::string path_of(std::string_view hash);  // ab/abcdef…: below the folder, and in the bucket

}  // namespace lupaus::blob
