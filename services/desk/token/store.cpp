#include "services/desk/token/store.hpp"

#include "common/crypto/token.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/token/queries.sql.hpp"
#include "services/desk/token/rules.hpp"

namespace lupaus::desk::token {

namespace {

constexpr std::size_t kPrefixBytes = 10;  // "lup_" and 36 of 256 random bits

std::optional<int> read_optional_int(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(field.as<int>());
}

// The columns of find_principal, from `first` on.
Principal read_principal(const pqxx::row& row, int first) {
    Principal principal;
    principal.account = read_id<AccountId>(row[first]);
    principal.token = read_id<TokenId>(row[first + 1]);
    principal.role = static_cast<agent::Role>(row[first + 2].as<std::int16_t>());
    principal.agent = read_id<AgentId>(row[first + 3]);
    principal.agent_name = row[first + 4].as<std::string>("");
    principal.scopes = read_text_array(row[first + 5]);
    principal.requests_per_second = read_optional_int(row[first + 6]);
    return principal;
}

Token read_token(const pqxx::row& row) {
    Token token;
    token.account = read_id<AccountId>(row[0]);
    token.id = read_id<TokenId>(row[1]);
    token.name = row[2].as<std::string>();
    token.prefix = row[3].as<std::string>();
    token.role = static_cast<agent::Role>(row[4].as<std::int16_t>());
    token.agent = read_id<AgentId>(row[5]);
    token.scopes = read_text_array(row[6]);
    token.expires_at = read_optional_timestamp(row[7]);
    token.revoked_at = read_optional_timestamp(row[8]);
    token.created_at = read_timestamp(row[9]);
    return token;
}

}  // namespace

Result<Issued> issue(Tx& tx, Token draft) {
    auto text = crypto::make_token();
    draft.id = TokenId::make();
    draft.prefix = text.substr(0, kPrefixBytes);
    const auto hash = crypto::token_hash(text);
    try {
        tx.exec(sql::insert_token,
                pqxx::params{to_string(draft.account), to_string(draft.id), pqxx::binary_cast(crypto::as_bytes(hash)),
                             draft.prefix, draft.name, static_cast<int>(draft.role), sql_id(draft.agent),
                             array_text(draft.scopes), sql_time(draft.expires_at)});
    } catch (const pqxx::foreign_key_violation&) {
        return invalid_field("/agent_id", "names an agent that does not exist");
    }
    return Issued{.token = find(tx, draft.account, draft.id).value(), .text = std::move(text)};
}

std::optional<Principal> find_principal(Tx& tx, const crypto::Digest& hash) {
    const auto rows = tx.exec(sql::find_principal, pqxx::params{pqxx::binary_cast(crypto::as_bytes(hash))});
    return rows.empty() ? std::nullopt : std::optional(read_principal(rows[0], 0));
}

std::vector<std::optional<Principal>> find_principals(Tx& tx, std::span<const crypto::Digest> hashes) {
    ArrayText list;
    for (const auto& hash : hashes) {
        list.add_bytes(crypto::as_bytes(hash));
    }
    std::vector<std::optional<Principal>> principals(hashes.size());
    for (const auto& row : tx.exec(sql::find_principals, pqxx::params{list.str()})) {
        principals.at(row[0].as<std::size_t>() - 1) = read_principal(row, 1);
    }
    return principals;
}

std::optional<Token> find(Tx& tx, AccountId account, TokenId id) {
    const auto rows = tx.exec(sql::find_token_row, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_token(rows[0]));
}

bool revoke(Tx& tx, AccountId account, TokenId id) {
    if (tx.exec(sql::revoke_token, pqxx::params{to_string(account), to_string(id)}).affected_rows() == 0) {
        return false;
    }
    if (const auto token = find(tx, account, id); token && is_bot(*token)) {
        inbound::push_command(tx, account, inbound::Kind::bot_gone, id.value);
    }
    return true;
}

std::vector<Token> list(Tx& tx, AccountId account, TokenId after, int limit) {
    std::vector<Token> tokens;
    for (const auto& row : tx.exec(sql::list_tokens, pqxx::params{to_string(account), sql_id(after), limit})) {
        tokens.push_back(read_token(row));
    }
    return tokens;
}

}  // namespace lupaus::desk::token
