#include "common/net/resolver.hpp"

#include "common/async/doorbell.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <netdb.h>

#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kLookupsMax = 256;  // hosts at once; more only pile up behind a dead name server

struct Answer {
    Addresses addresses;
    std::string failure;
};

Answer look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    Answer answer;
    if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0) {
        answer.failure = gai_strerror(code);
        return answer;
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
    for (const auto* entry = list; entry != nullptr; entry = entry->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (entry->ai_addrlen <= endpoint.capacity()) {
            endpoint.resize(entry->ai_addrlen);
            std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
            answer.addresses.push_back(endpoint.address());
        }
    }
    return answer;
}

// One look-up and everybody who waits for it. Touched on the I/O thread only.
struct Lookup {
    std::optional<Answer> answer;
    std::list<Doorbell*> waiting;
};

class SystemResolver : public Resolver {
public:
    explicit SystemResolver(asio::any_io_executor executor) : executor_(std::move(executor)), pool_(kThreads) {}

    ~SystemResolver() override { pool_.join(); }

    asio::awaitable<Result<Addresses>> resolve(std::string host, std::chrono::milliseconds wait) override {
        boost::system::error_code not_literal;
        const auto literal = asio::ip::make_address(host, not_literal);
        if (!not_literal) {
            co_return Addresses{literal};
        }
        auto lookup = join_or_start(host);
        if (!lookup) {
            co_return Error{
                .code = Errc::unavailable, .detail = "Too many host names are being looked up.", .retry_after_s = 1};
        }
        if (!lookup->answer) {
            Doorbell bell(executor_);
            const auto place = lookup->waiting.insert(lookup->waiting.end(), &bell);
            const Leave leave{*lookup, place};
            co_await bell.wait_for(wait);
        }
        if (!lookup->answer) {
            co_return Error{.code = Errc::timeout, .detail = "Looking up " + host + " took too long."};
        }
        if (lookup->answer->addresses.empty()) {
            co_return Error{.code = Errc::unavailable,
                            .detail = "Looking up " + host + " failed: " + lookup->answer->failure + "."};
        }
        co_return lookup->answer->addresses;
    }

private:
    using Lookups = std::map<std::string, std::shared_ptr<Lookup>>;

    struct Leave {
        ~Leave() { lookup.waiting.erase(place); }

        Lookup& lookup;
        std::list<Doorbell*>::iterator place;
    };

    std::shared_ptr<Lookup> join_or_start(const std::string& host) {
        if (const auto found = lookups_->find(host); found != lookups_->end()) {
            return found->second;
        }
        if (lookups_->size() >= kLookupsMax) {
            return nullptr;
        }
        auto lookup = std::make_shared<Lookup>();
        lookups_->emplace(host, lookup);
        asio::post(pool_, [executor = executor_, lookups = lookups_, lookup, host] {
            asio::post(executor, [lookups, lookup, host, answer = look_up(host)]() mutable {
                lookup->answer = std::move(answer);
                lookups->erase(host);
                for (auto* bell : lookup->waiting) {
                    bell->ring();
                }
            });
        });
        return lookup;
    }

    asio::any_io_executor executor_;
    std::shared_ptr<Lookups> lookups_ = std::make_shared<Lookups>();
    asio::thread_pool pool_;
};

}  // namespace

std::shared_ptr<Resolver> make_system_resolver(asio::any_io_executor executor) {
    return std::make_shared<SystemResolver>(std::move(executor));
}

}  // namespace lupaus::net
