// The database as its owner sees it, for one command: configuration, one session, one transaction.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "common/postgres/database.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/ids.hpp"
#include "services/lupaus/cli/command.hpp"

#include <memory>
#include <string>

namespace lupaus::cli {

inline constexpr desk::event::Actor kOperator{};  // in the event log: the system, with no token

// Errors: invalid, naming the option that is missing.
Result<std::string> owner_url(const Invocation& invocation);
Result<std::unique_ptr<crypto::SecretBox>> open_box(const Invocation& invocation);

// Errors: not_found where there is no such account.
Result<void> require_account(Tx& tx, desk::AccountId account);

// `work(Tx&)` returns a Result; an error rolls back.
template <class Work>
auto as_owner(const Invocation& invocation, Work work) -> std::invoke_result_t<Work, Tx&> {
    auto url = owner_url(invocation);
    if (!url) {
        return url.error();
    }
    DatabaseOptions options;
    options.url = *std::move(url);
    options.name = "command";
    options.threads = 1;
    Database database(std::move(options));
    return database.run_blocking(Scope::queues(), work);
}

}  // namespace lupaus::cli
