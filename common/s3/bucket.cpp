#include "common/s3/bucket.hpp"

#include "common/async/doorbell.hpp"
#include "common/base/limits.hpp"
#include "common/net/http_date.hpp"
#include "common/net/url_guard.hpp"
#include "common/telemetry/log.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>
#include <stdexcept>
#include <utility>

namespace lupaus::s3 {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::string_view kNothingHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t kErrorBytesMax = 16 * 1024;

// The operator chose the address, so it may be in any network.
net::UrlGuard any_address() {
    return net::UrlGuard({net::parse_cidr("0.0.0.0/0").value(), net::parse_cidr("::/0").value()});
}

net::HttpClientOptions client_options(const Place& place) {
    net::HttpClientOptions options;
    options.ca_file = place.ca_file;
    options.idle_per_origin_max = limits::kBlobThreads;
    return options;
}

// A pause of chance length, so that those who failed together do not come back together.
std::chrono::milliseconds pause_after(int tries) {
    static thread_local std::minstd_rand chance{std::random_device{}()};
    const auto longest = std::min(limits::kBucketPauseFirst * (1 << (tries - 1)), limits::kBucketPauseMax);
    return std::chrono::milliseconds(std::uniform_int_distribution<long>(longest.count() / 2, longest.count())(chance));
}

std::optional<std::uint64_t> read_size(const net::Headers& headers) {
    const auto text = headers.value_or("Content-Length", "");
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    const bool is_size = error == std::errc() && !text.empty() && end == text.data() + text.size();
    return is_size ? std::optional(size) : std::nullopt;
}

asio::awaitable<std::string> read_document(net::Incoming& body) {
    std::string document;
    for (bool is_more = true; is_more && document.size() < kErrorBytesMax;) {
        const auto part = co_await body.next();
        document += part;
        is_more = !part.empty();
    }
    co_return document;
}

Error unavailable(std::string detail) {
    return {.code = Errc::unavailable, .detail = std::move(detail), .retry_after_s = 3};
}

}  // namespace

struct Bucket::Ask {
    std::string method;
    std::string key;
    Body body{};
};

struct Bucket::Reply {
    Verdict verdict = Verdict::later;
    std::string words{};  // of what went wrong
    net::Headers headers{};
    std::unique_ptr<net::Incoming> body{};
};

Address address_of(const Place& place) {
    auto url = net::parse_url(place.endpoint).value();
    if (place.is_in_host) {
        url.host = place.bucket + "." + url.host;
    }
    const auto host = url.authority();
    return {.base = (url.is_tls ? "https://" : "http://") + host,
            .host = host,
            .prefix = place.is_in_host ? "/" : "/" + place.bucket + "/"};
}

Bucket::Bucket(asio::any_io_executor executor, Place place)
    : place_(std::move(place)),
      address_(address_of(place_)),
      client_(std::move(executor), any_address(), client_options(place_)) {}

void Bucket::close() {
    is_closing_ = true;
}

asio::awaitable<Result<std::uint64_t>> Bucket::size_of(std::string key) {
    const Ask head{.method = "HEAD", .key = std::move(key)};
    auto reply = co_await ask(head);
    if (!reply) {
        co_return reply.error();
    }
    const auto size = read_size(reply->headers);
    co_return size ? Result<std::uint64_t>(*size) : unavailable("The bucket's answer to HEAD has no length.");
}

// A service that keeps objects names what it keeps; anything else that says 200 is somebody else on the way.
asio::awaitable<Result<void>> Bucket::put(std::string key, Body body) {
    const Ask put{.method = "PUT", .key = std::move(key), .body = std::move(body)};
    auto reply = co_await ask(put);
    if (!reply) {
        co_return reply.error();
    }
    if (!reply->headers.find("ETag")) {
        co_return unavailable("The bucket's answer to PUT has no ETag: " + address_.base +
                              " is no S3-compatible service.");
    }
    co_return Result<void>();
}

asio::awaitable<Result<Object>> Bucket::get(std::string key) {
    const Ask get{.method = "GET", .key = std::move(key)};
    auto reply = co_await ask(get);
    if (!reply) {
        co_return reply.error();
    }
    const auto size = read_size(reply->headers);
    if (!size) {
        co_return unavailable("The bucket's answer to GET has no length.");
    }
    co_return Object{.size = *size, .body = std::move(reply->body)};
}

asio::awaitable<Result<Bucket::Reply>> Bucket::ask(const Ask& ask) {
    const auto until = Clock::now() + limits::kBucketWait;
    for (int tries = 1;; ++tries) {
        auto reply = co_await try_once(ask);
        if (reply.verdict == Verdict::done) {
            co_return std::move(reply);
        }
        if (reply.verdict == Verdict::missing) {
            co_return not_found("file");
        }
        const auto rest = pause_after(tries);
        const bool is_last = tries >= limits::kBucketTriesMax || Clock::now() + rest >= until || is_closing_;
        if (reply.verdict != Verdict::later || is_last) {
            auto error = unavailable("The bucket at " + address_.base + " is of no use: " + reply.words + ".");
            error.code = reply.verdict == Verdict::denied ? Errc::forbidden : error.code;
            co_return error;
        }
        log::info("the bucket is asked once more",
                  {{"method", ask.method}, {"tries", tries}, {"reason", reply.words}, {"pause_ms", rest.count()}});
        co_await pause(rest);
    }
}

asio::awaitable<Bucket::Reply> Bucket::try_once(const Ask& ask) {
    auto opened = co_await client_.open(make_request(ask));
    auto& result = opened.result;
    if (result.stage != net::ClientStage::answered) {
        while (result.detail.ends_with('.')) {
            result.detail.pop_back();
        }
        co_return Reply{.words = std::move(result.detail)};
    }
    auto& head = result.response;
    if (judge({.status = head.status}) == Verdict::done) {
        co_return Reply{.verdict = Verdict::done, .headers = std::move(head.headers), .body = std::move(opened.body)};
    }
    const auto document = co_await read_document(*opened.body);
    Answer answer{.status = head.status,
                  .code = error_code(document),
                  .region = std::string(head.headers.value_or("x-amz-bucket-region", ""))};
    if (const auto theirs = net::parse_http_date(head.headers.value_or("Date", ""))) {
        answer.clock_off = (std::chrono::floor<std::chrono::seconds>(system_now()) - *theirs).count();
    }
    co_return Reply{.verdict = judge(answer), .words = explain(answer, place_.bucket)};
}

net::ClientRequest Bucket::make_request(const Ask& ask) const {
    const auto now = system_now();
    const auto hash = ask.body.part_at ? ask.body.sha256 : std::string(kNothingHash);
    const Unsigned plain{
        .method = ask.method,
        .path = address_.prefix + ask.key,
        .headers = {{"host", address_.host}, {"x-amz-content-sha256", hash}, {"x-amz-date", amz_date(now)}},
        .payload_hash = hash};
    net::ClientRequest request{.method = ask.method, .url = address_.base + encode_path(plain.path)};
    for (const auto& [name, value] : plain.headers) {
        request.headers.add(name, value);  // Host is the client's: the same
    }
    request.headers.add("Authorization", authorization(plain, place_.key, now));
    request.connect_wait = limits::kBucketConnectWait;
    request.response_wait = limits::kBucketPartWait;
    if (ask.body.part_at) {
        request.body_size = ask.body.size;
        request.next_body_part = [&part_at = ask.body.part_at, sent = std::uint64_t{0}]() mutable {
            const auto part = part_at(sent);
            sent += part.size();
            return part;
        };
    }
    return request;
}

}  // namespace lupaus::s3
