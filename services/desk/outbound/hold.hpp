// The one hold over everything that leaves for customers and integrators, and over their mailboxes. Whoever claims what
// is to be sent looks first, in the same transaction, so that what waits stays as it is; and the HTTP client that all
// of them share asks before it opens a connection (HttpClientOptions::is_held). Until the first look it stands. Any
// thread.
#pragma once

#include "common/postgres/tx.hpp"

#include <atomic>
#include <string>

namespace lupaus::desk::outbound {

class Hold {
public:
    explicit Hold(bool is_asked) : is_asked_(is_asked) {}  // by the operator, for this process

    bool look(Tx& tx);  // asks the database where it is; true: nothing may be claimed

    bool stands() const { return is_asked_ || is_elsewhere_.load(std::memory_order_relaxed); }

    std::string words() const;  // for people; empty where nothing is held

private:
    const bool is_asked_;
    std::atomic<bool> is_elsewhere_{true};
};

}  // namespace lupaus::desk::outbound
