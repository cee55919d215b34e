#include "common/blob/bucket_store.hpp"

#include "common/base/limits.hpp"
#include "common/blob/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace lupaus::blob {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

// On the store's thread; the caller's waits for it.
template <class Value>
Value wait_for(asio::io_context& io, asio::awaitable<Value> task) {
    return asio::co_spawn(io, std::move(task), asio::use_future).get();
}

template <class Value>
Value expect(Result<Value> result) {
    if (!result) {
        throw Unavailable(result.error().detail);
    }
    if constexpr (!std::is_void_v<Value>) {
        return *std::move(result);
    }
}

class FromBucket final : public Reader::Source {
public:
    FromBucket(asio::io_context& io, std::shared_ptr<net::Incoming> body) : io_(io), body_(std::move(body)) {}

    // The connection belongs to the other thread, and its end as well.
    ~FromBucket() override {
        auto drop = [body = std::move(body_)]() mutable { body.reset(); };
        asio::post(io_, std::move(drop));
    }

    FromBucket(const FromBucket&) = delete;
    FromBucket& operator=(const FromBucket&) = delete;

    std::string next() override { return wait_for(io_, body_->next()); }

private:
    asio::io_context& io_;
    std::shared_ptr<net::Incoming> body_;
};

}  // namespace

// What this process stored moments ago: a transaction that is repeated does not send its files again.
class BucketStore::Known {
public:
    bool has(const std::string& hash) {
        const std::lock_guard lock(mutex_);
        const auto found = until_.find(hash);
        return found != until_.end() && Clock::now() < found->second;
    }

    void add(const std::string& hash) {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        if (until_.size() >= limits::kBucketKnownMax) {
            std::erase_if(until_, [now](const auto& one) { return one.second <= now; });
        }
        if (until_.size() < limits::kBucketKnownMax) {
            until_[hash] = now + limits::kBucketKnownFor;
        }
    }

private:
    std::mutex mutex_;
    std::map<std::string, Clock::time_point> until_;
};

BucketStore::BucketStore(s3::Place place, const fs::path& dir)
    : drafts_(dir),
      work_(io_.get_executor()),
      bucket_(std::make_unique<s3::Bucket>(io_.get_executor(), std::move(place))),
      known_(std::make_unique<Known>()),
      thread_([this] { io_.run(); }) {}

BucketStore::~BucketStore() {
    bucket_->close();
    end_work();
    asio::post(io_, [this] { bucket_.reset(); });
    work_.reset();
    thread_.join();
}

Stored BucketStore::put(std::string_view bytes) {
    Stored stored{crypto::hex_encode(crypto::as_bytes(crypto::sha256(bytes))), bytes.size()};
    const auto part_at = [bytes](std::uint64_t from) { return bytes.substr(from, limits::kStreamPartBytes); };
    upload({.size = stored.size, .sha256 = stored.hash, .part_at = part_at});
    return stored;
}

Draft BucketStore::begin() const {
    const auto keep = [this](const File& file, const fs::path&, const Stored& stored) {
        std::string place(limits::kStreamPartBytes, '\0');
        const auto part_at = [&file, &place](std::uint64_t from) {
            return std::string_view(place.data(), file.read_at(place, from));
        };
        upload({.size = stored.size, .sha256 = stored.hash, .part_at = part_at});
    };
    return Draft(drafts_, keep);
}

// What is there is not sent again. To a key that may not list, whatever is not there is forbidden.
void BucketStore::upload(s3::Body body) const {
    const auto hash = body.sha256;
    if (known_->has(hash)) {
        return;
    }
    const auto there = wait_for(io_, bucket_->size_of(path_of(hash)));
    if (!there && there.error().code == Errc::unavailable) {
        throw Unavailable(there.error().detail);
    }
    if (!there || *there != body.size) {
        expect(wait_for(io_, bucket_->put(path_of(hash), std::move(body))));
    }
    known_->add(hash);
}

bool BucketStore::contains_named(std::string_view hash) const {
    const auto size = wait_for(io_, bucket_->size_of(path_of(hash)));
    if (!size && size.error().code != Errc::not_found) {
        throw Unavailable(size.error().detail);
    }
    return size.has_value();
}

Result<Reader> BucketStore::open_named(std::string_view hash) const {
    auto object = wait_for(io_, bucket_->get(path_of(hash)));
    if (!object && object.error().code == Errc::not_found) {
        return object.error();
    }
    auto found = expect(std::move(object));
    return Reader({.hash = std::string(hash), .size = found.size},
                  std::make_unique<FromBucket>(io_, std::shared_ptr<net::Incoming>(std::move(found.body))));
}

}  // namespace lupaus::blob
