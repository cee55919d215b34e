// The doors of every channel that takes signed requests: which channel it is, whether the signature is one of its
// secrets' (Standard Webhooks 1.0, over the bytes as they came), and how much of it the operator allows. One for the
// whole process. Lives on the I/O thread; check_signature() may run anywhere.
#pragma once

#include "common/async/lookup_cache.hpp"
#include "common/net/http.hpp"
#include "services/desk/door/allowance.hpp"
#include "services/desk/door/door.hpp"

#include <string_view>

namespace lupaus::desk::door {

class Doors {
public:
    Doors(Context& context, boost::asio::any_io_executor executor);

    void start(TaskGroup& tasks);

    // Empty: no such channel, or it is disabled. Throws when the database is away.
    boost::asio::awaitable<FoundDoor> find(ChannelId id);

    void note_unsigned(const net::Request& request, const Error& why);

    Allowance& allowance() { return allowance_; }

private:
    boost::asio::awaitable<FoundDoor> load(ChannelId id);

    Context& context_;
    LookupCache<ChannelId, FoundDoor> cache_;
    Allowance allowance_;
    telemetry::Counter unsigned_;
};

// Errors: unauthenticated, naming the check that failed.
Result<void> check_signature(const net::Request& request, const Door& door);

}  // namespace lupaus::desk::door
