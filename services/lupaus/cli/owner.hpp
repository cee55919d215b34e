// The database as its owner sees it, for one command: configuration, one session, one transaction.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "common/postgres/database.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/audit/store.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/ids.hpp"
#include "services/lupaus/cli/command.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::cli {

inline constexpr desk::event::Actor kOperator{};  // in the event log: the system, with no token

// Errors: invalid, naming the option that is missing.
Result<std::string> owner_url(const Invocation& invocation);
Result<std::unique_ptr<crypto::SecretBox>> open_box(const Invocation& invocation);

// The account that a command works on: the one that was named, or without a name (nil) the only one that there is.
// Errors: not_found; invalid, with the choices, where it has to be named.
Result<desk::AccountId> choose_account(Tx& tx, desk::AccountId named);

inline constexpr Option kAccountOption{"account", "ID", "The account; not needed while the database holds only one"};

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

// What a command did to things of an account: told in the event log, and kept in the audit as the operator's doing.
// Last in the transaction. `command` is a constant such as "lupaus team add".
void tell(Tx& tx, std::string_view command, std::span<const desk::event::Draft> drafts);

// The same with the account of --account, whose setup nobody else changes meanwhile: `work(Tx&, AccountId)`.
template <class Work>
auto on_account(const Invocation& invocation, desk::AccountId named, Work work)
    -> std::invoke_result_t<Work, Tx&, desk::AccountId> {
    const auto chosen = [named, &work](Tx& tx) -> std::invoke_result_t<Work, Tx&, desk::AccountId> {
        const auto account = choose_account(tx, named);
        if (!account) {
            return account.error();
        }
        desk::audit::lock(tx, *account);
        return work(tx, *account);
    };
    return as_owner(invocation, chosen);
}

}  // namespace lupaus::cli
