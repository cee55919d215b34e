// By what a channel knows a mail again, whichever way it comes: its Message-ID, and a hash of what its sender wrote. A
// Message-ID alone would lose the mail of a sender who uses one twice; a hash of all bytes would double a mail that
// came by two ways, since every server on the way adds fields of its own. So From, Date, Subject, Message-ID and body
// are hashed, with blanks and line ends as DKIM's "relaxed" canonical form has them (RFC 6376, section 3.4). It is
// taken from the bytes and not from what a parser makes of them: a better parser must not double a mailbox. Pure,
// linear, any thread.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::desk::arrival {

// Never empty, valid UTF-8 without control characters, at most limits::kExternalIdBytesMax.
std::string fingerprint(std::string_view mail);

}  // namespace lupaus::desk::arrival
