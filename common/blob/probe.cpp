#include "common/blob/probe.hpp"

#include "common/blob/blob_store.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <exception>
#include <utility>

namespace lupaus::blob {

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> look(asio::any_io_executor executor, s3::Place place) {
    s3::Bucket bucket(executor, std::move(place));
    const auto hash = crypto::hex_encode(crypto::as_bytes(crypto::sha256("")));
    s3::Body nothing{.sha256 = hash, .part_at = [](std::uint64_t) { return std::string_view(); }};
    const auto written = co_await bucket.put(path_of(hash), std::move(nothing));
    if (!written) {
        co_return written.error().detail;
    }
    const auto read = co_await bucket.get(path_of(hash));
    if (!read) {
        co_return "The bucket does not give what it has just taken: " + read.error().detail;
    }
    co_return std::string();
}

}  // namespace

std::string probe(s3::Place place) {
    asio::io_context io{1};
    auto words = asio::co_spawn(io, look(io.get_executor(), std::move(place)), asio::use_future);
    io.run();
    return words.get();
}

}  // namespace lupaus::blob
