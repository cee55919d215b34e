#include "services/lupaus/bench/load.hpp"

#include "common/async/doorbell.hpp"
#include "common/crypto/webhook_signature.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace lupaus::bench {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

// Of 300 bytes, what a chat message usually is.
constexpr std::string_view kText =
    "Hello, my parcel was promised for Tuesday and has not arrived. The tracking page says it is at the depot since Monday "
    "morning. Could you please tell me when I can expect it, and whether it can be left with my neighbour? Thank you!";

std::int64_t stamp(Clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

double ms_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

class Load {
public:
    Load(const std::vector<Door>& doors, const LoadOptions& options)
        : doors_(doors), options_(options), random_(options.seed), run_id_(options.seed * 1'000'000'007U ^ static_cast<std::uint64_t>(stamp(Clock::now()))) {}

    LoadResult run() {
        if (options_.follow_feed) {
            for (const auto& door : doors_) {
                spawn(follow(door));
            }
        }
        result_.started = Clock::now() + std::chrono::milliseconds{options_.follow_feed ? 500 : 0};
        for (int i = 0; i < options_.connections; ++i) {
            spawn(send_all());
        }
        io_.run();
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return std::move(result_);
    }

private:
    void spawn(asio::awaitable<void> task) {
        asio::co_spawn(io_, std::move(task), [this](std::exception_ptr error) {
            if (error && !failure_ && !is_over_) {
                failure_ = error;
                end();
            }
        });
    }

    asio::awaitable<void> send_all() {
        Wire wire(io_.get_executor());
        co_await wire.connect(options_.address);
        while (next_ < options_.messages && !failure_) {
            const int number = next_++;
            const auto due = due_at(number);
            if (due > Clock::now()) {
                const auto wait = due - Clock::now();
                co_await pause(wait);
            }
            const auto from = options_.per_second > 0 ? due : Clock::now();
            const auto request = make_request(number, from);
            const int status = co_await wire.exchange(request);
            result_.ack_ms.push_back(ms_between(from, Clock::now()));
            status == 202 ? ++result_.accepted : ++result_.refused;
        }
        result_.sent = Clock::now();
        if (--sending_ == 0 && !options_.follow_feed) {
            is_over_ = true;
        }
    }

    Clock::time_point due_at(int number) const {
        if (options_.per_second <= 0) {
            return result_.started;
        }
        const auto offset = std::chrono::duration<double>(number / options_.per_second);
        return result_.started + std::chrono::duration_cast<Clock::duration>(offset);
    }

    std::string make_request(int number, Clock::time_point from) {
        const auto sender = random_() % static_cast<std::uint64_t>(options_.senders);
        const auto& door = doors_[sender % doors_.size()];
        const std::string id = std::to_string(run_id_) + "-" + std::to_string(number);
        const std::string name = "s" + std::to_string(sender);
        std::string body = R"({"id":")" + id + R"(","sender":{"id":")" + name + R"(","name":"Customer )" + name + R"("},"text":"t=)" +
                           std::to_string(stamp(from)) + " " + std::string(kText) + "\"}";
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
        const auto signature = crypto::sign_webhook(door.secret, id, seconds, body);
        return "POST " + door.path + " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\nwebhook-id: " + id + "\r\nwebhook-timestamp: " + std::to_string(seconds) +
               "\r\nwebhook-signature: " + signature + "\r\n\r\n" + body;
    }

    // Reads until every message was seen on some feed.
    asio::awaitable<void> follow(const Door& door) {
        const auto wire = std::make_shared<Wire>(io_.get_executor());
        feeds_.push_back(wire);
        co_await wire->connect(options_.address);
        co_await wire->open_feed(door.agent_token);
        while (!is_over_) {
            const auto text = co_await wire->read_text();
            if (text.empty()) {
                throw std::runtime_error("a feed ended before every message was seen on it");
            }
            note_event(text);
        }
    }

    void note_event(const std::string& event) {
        const auto at = event.find("\"text\":\"t=");
        if (event.find("message.created") == std::string::npos || at == std::string::npos) {
            return;
        }
        std::int64_t sent = 0;
        const auto* first = event.data() + at + 10;
        std::from_chars(first, event.data() + event.size(), sent);
        result_.feed_ms.push_back(static_cast<double>(stamp(Clock::now()) - sent) / 1000);
        if (static_cast<int>(result_.feed_ms.size()) >= options_.messages) {
            end();
        }
    }

    void end() {
        is_over_ = true;
        for (const auto& weak : feeds_) {
            if (const auto wire = weak.lock()) {
                wire->close();
            }
        }
    }

    const std::vector<Door>& doors_;
    const LoadOptions& options_;
    std::mt19937_64 random_;
    std::uint64_t run_id_;
    asio::io_context io_{1};
    LoadResult result_;
    std::vector<std::weak_ptr<Wire>> feeds_;
    std::exception_ptr failure_;
    int next_ = 0;
    int sending_ = options_.connections;
    bool is_over_ = false;
};

}  // namespace

LoadResult run_load(const std::vector<Door>& doors, const LoadOptions& options) {
    return Load(doors, options).run();
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0;
    }
    const auto index = std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
    return values[index];
}

}  // namespace lupaus::bench
