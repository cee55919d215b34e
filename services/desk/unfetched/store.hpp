// Which quarantined mails lie in a mailbox still, and which of them somebody asks for again. Only the process that
// reads the mailbox enters, numbers and ends them; whoever asks marks one, and asking twice is asking once. A mail that
// is numbered anew is known by its size and time of arrival, which two mails may share: so as many of them as wait from
// an earlier numbering take their places, and those beyond that are new. Of mails without bytes nothing else is known,
// so it does not matter which takes which place, and no mail that lies in the mailbox is without one.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/unfetched/types.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace lupaus::desk::unfetched {

// The numbers of those that wait in quarantine already; the others have to be put there, and entered.
std::set<std::uint32_t> recognise(Tx& tx, const Numbering& numbering, std::span<const Mail> mails);
void enter(Tx& tx, const Numbering& numbering, std::span<const Entry> entries);

enum class Answer {
    unknown,  // it is none that could not be fetched
    unread,   // its channel reads no mailbox
    asked,
};

Answer ask(Tx& tx, AccountId account, MessageId id);

std::vector<Asked> list_asked(Tx& tx, const Numbering& numbering, int limit);  // who asked first comes first

// What came of it; false: it is not in quarantine any more. `replace`: the mail is stored as another message, to which
// the key of the one of before leads. Scope: the account.
bool give_back(Tx& tx, AccountId account, MessageId id, std::string_view reason);
bool replace(Tx& tx, AccountId account, MessageId id, MessageId stored);

}  // namespace lupaus::desk::unfetched
