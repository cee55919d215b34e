// Tokens are issued once, looked up by hash, and revoked; a row is never deleted, so that old events can name it.
#pragma once

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/token/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::token {

struct Issued {
    Token token;
    std::string text;  // the only time it is seen
};

// id, prefix and created_at of the draft are set here. Errors: invalid where the agent does not exist.
Result<Issued> issue(Tx& tx, Token draft);

// Whoever a token speaks for right now; nothing: unknown, revoked, expired, or its agent is disabled. This is the one
// look-up that does not know its account yet: it works in a transaction without scope.
std::optional<Principal> find_principal(Tx& tx, const crypto::Digest& hash);

// Of each, in their order, by one statement.
std::vector<std::optional<Principal>> find_principals(Tx& tx, std::span<const crypto::Digest> hashes);

std::optional<Token> find(Tx& tx, AccountId account, TokenId id);
// What a bot holds goes to the desk by a command in the queue. False: no such token, or revoked before.
bool revoke(Tx& tx, AccountId account, TokenId id);
std::vector<Token> list(Tx& tx, AccountId account, TokenId after,
                        int limit);  // newest first, beyond `after` unless nil

}  // namespace lupaus::desk::token
