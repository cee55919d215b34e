// Plays a server's part against a session: what it says, and what the session has to answer to that, however the bytes
// were sliced on the way.
#pragma once

#include "common/imap/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lupaus::imap::test {

struct Turn {
    std::string server;  // "TLS": the handshake is done
    std::string client;
};

using Script = std::vector<Turn>;

inline const std::string kTls = "TLS";

// From the greeting of a line that is secure to the folder that is selected; the last tag is L3.
Script login_script(const std::string& capabilities);

Session make_session(Proof proof = Proof::password, bool is_read_only = true);

// Feeds in slices of `step` bytes; false, and a failed test, where the session says something else.
bool play(Session& session, const Script& script, std::size_t step);

// Plays the whole anew for every size of slices; `check` looks at each session at its end.
void play_sliced(const std::function<Session()>& make, Line line, const Script& script,
                 const std::function<void(Session&)>& check);

}  // namespace lupaus::imap::test
