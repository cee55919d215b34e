#include "tests/unit/imap/dialogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lupaus::imap::test {

Script login_script(const std::string& capabilities) {
    return {
        {"* OK ready\r\n", "L1 CAPABILITY\r\n"},
        {"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nL1 OK\r\n", "L2 AUTHENTICATE PLAIN AGFpbm8AczNjcmV0\r\n"},
        {"L2 OK [CAPABILITY " + capabilities + "] hello\r\n", "L3 EXAMINE \"INBOX\"\r\n"},
        {"* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UNSEEN 2] first\r\n* OK [UIDVALIDITY 17] valid\r\n"
         "* OK [UIDNEXT 40] next\r\nL3 OK [READ-ONLY] done\r\n",
         ""},
    };
}

Session make_session(Proof proof, bool is_read_only) {
    Login login{.user = "aino", .secret = Secret("s3cret"), .proof = proof};
    return {std::move(login), Folder{.is_read_only = is_read_only}, ReaderLimits{.literal_bytes_max = 1000}};
}

bool play(Session& session, const Script& script, std::size_t step) {
    for (const auto& turn : script) {
        std::string said;
        auto bytes = std::string_view(turn.server);
        if (turn.server == kTls) {
            EXPECT_EQ(session.need(), Session::Need::tls);
            session.secured();
            said = session.take_output();
            bytes = {};
        }
        while (!bytes.empty()) {
            const auto size = std::min(step, bytes.size());
            session.put(bytes.substr(0, size));
            bytes.remove_prefix(size);
            said += session.take_output();
        }
        EXPECT_EQ(said, turn.client) << "after " << turn.server << " in steps of " << step;
        if (said != turn.client) {
            return false;
        }
    }
    return true;
}

void play_sliced(const std::function<Session()>& make, Line line, const Script& script,
                 const std::function<void(Session&)>& check) {
    std::size_t longest = 1;
    for (const auto& turn : script) {
        longest = std::max(longest, turn.server.size());
    }
    for (std::size_t step = 1; step <= longest; ++step) {
        auto session = make();
        session.begin(line);
        if (!play(session, script, step)) {
            return;
        }
        check(session);
    }
}

}  // namespace lupaus::imap::test
