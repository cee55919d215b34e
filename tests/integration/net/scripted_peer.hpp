// A server that answers with exactly the bytes a test wants: accepts connections one after the other on a thread of its
// own and runs the script on each. For what a well-behaved server would never do.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace lupaus::net::test {

class PeerConnection {
public:
    explicit PeerConnection(int handle) : handle_(handle) {}

    std::string read_request();  // head and body by Content-Length; empty: the client is gone
    void send(std::string_view bytes);
    void reset();
    void wait_for_end();  // until the client closes

    int handle() const { return handle_; }

private:
    int handle_;
};

class ScriptedPeer {
public:
    using Script = std::function<void(PeerConnection&)>;

    explicit ScriptedPeer(Script script);
    ~ScriptedPeer();  // ends a connection that the client, of which nothing may be run any more, has not closed
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    std::uint16_t port() const { return port_; }

    std::string url(std::string_view target = "/") const;
    int accepted() const;

private:
    void run(const Script& script);
    bool begin(int handle);
    void end(int handle);

    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::mutex mutex_;
    bool is_over_ = false;
    int open_ = -1;
    std::thread thread_;
};

std::uint16_t closed_port();  // where nobody listens

}  // namespace lupaus::net::test
