#include "tests/integration/net/running_server.hpp"

#include <algorithm>
#include <chrono>

namespace lupaus::net::test {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kNoteWait{10};

asio::awaitable<void> start_server(HttpServer& server) {
    server.start();
    co_return;
}

asio::awaitable<std::size_t> count_connections(HttpServer& server) {
    co_return server.connections();
}

}  // namespace

void Notes::add(std::string note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(note));
    changed_.notify_all();
}

bool Notes::wait_for(const std::string& note, std::size_t times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kNoteWait, [&] {
        return static_cast<std::size_t>(std::count(notes_.begin(), notes_.end(), note)) >= times;
    });
}

std::size_t Notes::count(const std::string& note) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(notes_.begin(), notes_.end(), note));
}

std::vector<std::string> Notes::all() const {
    const std::lock_guard lock(mutex_);
    return notes_;
}

IoThread::IoThread() : context_(1), work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

IoThread::~IoThread() {
    work_.reset();
    thread_.join();
}

RunningServer::RunningServer(RouteTable routes, HttpServerOptions options, HttpServerHooks hooks)
    : server_(std::make_unique<HttpServer>(io_.context().get_executor(), std::move(options), std::move(routes),
                                           std::move(hooks))) {
    io_.run(start_server(*server_));
    port_ = server_->port();
}

RunningServer::~RunningServer() {
    stop();
    io_.drop(std::move(server_));
}

std::size_t RunningServer::connections() {
    return io_.run(count_connections(*server_));
}

void RunningServer::stop() {
    io_.run(server_->stop());
}

void add(RouteTable& routes, std::string method, std::string pattern, Handler handler, std::size_t body_bytes_max) {
    routes.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .body_bytes_max = body_bytes_max,
                .handler = std::move(handler)});
}

HttpServerHooks hooks_into(Notes& notes) {
    HttpServerHooks hooks;
    hooks.request_done = [&notes](const RequestDone& done) {
        notes.add(std::string(done.method) + " " + std::string(done.route) + " " + std::to_string(done.status));
    };
    hooks.connection_cut = [&notes](std::string_view reason) { notes.add("cut: " + std::string(reason)); };
    return hooks;
}

}  // namespace lupaus::net::test
