#include "services/courier/download.hpp"

#include "common/async/offload.hpp"

#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kWriteBytes = 256 * 1024;  // worth a hop to the pool

}  // namespace

asio::awaitable<void> Download::add(std::string part) {
    received_ += part.size();
    waiting_ += part;
    if (waiting_.size() >= kWriteBytes) {
        co_await write();
    }
}

asio::awaitable<blob::Stored> Download::finish() {
    co_await write();
    const auto work = [this] { return draft_->finish(); };
    co_return co_await offload(blobs_.executor(), work);
}

asio::awaitable<void> Download::write() {
    const auto part = std::exchange(waiting_, {});
    const auto work = [this, &part] {
        if (!draft_) {
            draft_.emplace(blobs_.begin());
        }
        draft_->write(part);
    };
    co_await offload(blobs_.executor(), work);
}

}  // namespace lupaus::courier
