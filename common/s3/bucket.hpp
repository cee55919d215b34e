// The objects of one bucket of an S3-compatible service: is it there, take it, give it. Bodies pass in parts; what may
// go better at another try is tried again within limits::kBucketWait. Lives on one executor. Errors: not_found;
// forbidden; unavailable for everything else; in words for an operator. What the source of a body throws passes on.
// Source: Amazon S3 API Reference, HeadObject, PutObject, GetObject.
#pragma once

#include "common/base/error.hpp"
#include "common/net/http_client.hpp"
#include "common/s3/signature.hpp"
#include "common/s3/verdict.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lupaus::s3 {

struct Place {
    std::string endpoint;  // https://host or http://host, with a port where it has one of its own
    std::string bucket;
    bool is_in_host = false;  // https://bucket.host/key instead of https://host/bucket/key
    Key key;
    std::string ca_file{};  // trusted besides the system's authorities
};

struct Address {
    std::string base;    // https://host:port
    std::string host;    // the Host field
    std::string prefix;  // of an object's path, before its key
};

Address address_of(const Place& place);  // whose endpoint is a URL

struct Body {
    std::uint64_t size = 0;
    std::string sha256{};                                           // in hexadecimal
    std::function<std::string_view(std::uint64_t from)> part_at{};  // asked in order, from the start at each try
};

struct Object {
    std::uint64_t size = 0;
    std::unique_ptr<net::Incoming> body{};
};

class Bucket {
public:
    Bucket(boost::asio::any_io_executor executor, Place place);

    boost::asio::awaitable<Result<std::uint64_t>> size_of(std::string key);
    boost::asio::awaitable<Result<void>> put(std::string key, Body body);  // whole at the service when it returns
    boost::asio::awaitable<Result<Object>> get(std::string key);

    void close();  // any thread: nothing is tried again from now on

private:
    struct Ask;
    struct Reply;

    boost::asio::awaitable<Result<Reply>> ask(const Ask& ask);
    boost::asio::awaitable<Reply> try_once(const Ask& ask);
    net::ClientRequest make_request(const Ask& ask) const;

    Place place_;
    Address address_;
    net::HttpClient client_;
    std::atomic<bool> is_closing_ = false;
};

}  // namespace lupaus::s3
