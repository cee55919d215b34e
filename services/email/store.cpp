#include "services/email/store.hpp"

#include "services/email/queries.sql.hpp"
#include "services/email/rules.hpp"

namespace lupaus::email {

std::optional<desk::ChannelId> find_mailbox(Tx& tx, std::string_view address) {
    ArrayText names;
    for (const auto& name : names_of(address)) {
        names.add(name);
    }
    const auto rows = tx.exec(sql::find_mailbox, pqxx::params{names.str()});
    return rows.empty() ? std::nullopt : std::optional(read_id<desk::ChannelId>(rows[0][0]));
}

}  // namespace lupaus::email
