// One mail handed to a relay, as a state machine without I/O: what came goes in, what to do next comes out, and at the
// end it says for every recipient what became of the mail, and whether it is safe to try again. Any thread.
//
//   connect ─▶ greeting ─▶ hello ─▶ [starttls ─▶ handshake ─▶ hello] ─▶ [login] ─▶ sender ─▶ recipient… ─▶ data
//                                                                                                           │
//                     quit ◀── ending (".": the relay decides; a cut here is `uncertain`) ◀── message ◀─────┘
//
// The final dot is written alone: before it nothing can have been accepted, so that every cut until there is safe to
// repeat. A mail goes to all of its recipients or waits for the one that is to be tried later: so a repetition never
// reaches anybody twice. The first recipient is the one whom it is for: refused there, it goes to nobody.
// Source: RFC 5321, 6409 (submission), 3207 (STARTTLS), 4954 (AUTH), 1870 (SIZE), 6152 (8BITMIME), 2034, 6531
// (SMTPUTF8: recipients beyond ASCII are sent to where the relay offers it, and refused where it does not).
#pragma once

#include "common/base/secret.hpp"
#include "common/smtp/offers.hpp"
#include "common/smtp/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::smtp {

enum class Security : std::int16_t {
    tls = 0,       // from the first byte (port 465)
    starttls = 1,  // demanded: a relay that does not offer it is told nothing (port 587)
    none = 2,      // only over the loopback interface
};

struct Login {
    enum class Method : std::int16_t { password = 0, oauth = 1 };

    Method method = Method::password;
    std::string username{};
    Secret secret{};  // the password, or an access token
};

struct Job {
    std::string hello = "localhost";  // our name: a domain or an address literal
    Security security = Security::starttls;
    std::optional<Login> login{};
    std::string from{};                     // "": the null return path of automatic mail
    std::vector<std::string> recipients{};  // the first one is whom it is for
    std::string message{};                  // lines that end in CR LF
};

enum class Step {
    connect,
    greeting,
    hello,
    starttls,
    handshake,
    login,
    sender,
    recipient,
    data,
    message,
    ending,
    quit,
};

enum class Fate {
    sent,
    refused,      // for good, by what this mail is or whom it is for
    try_later,    // the relay said so
    uncertain,    // the relay has all of it and did not answer
    unreachable,  // it was never handed over: no connection, no TLS, no login
};

struct Verdict {
    std::string recipient{};
    Fate fate = Fate::unreachable;
    std::string detail{};  // the relay's words
};

struct Outcome {
    Fate fate = Fate::unreachable;  // of the whole; sent: to the first recipient at least
    Step step = Step::connect;      // where it was decided
    std::optional<int> code{};      // of the relay's answer
    std::string detail{};           // a sentence for people; empty where everything was sent
    std::vector<Verdict> recipients{};
};

struct Action {
    enum class Kind {
        read,    // and give received()
        write,   // `bytes`, and call written()
        secure,  // begin TLS, and call secured()
        end,     // nothing more; close
    };

    Kind kind = Kind::end;
    std::string bytes{};
};

class Submission {
public:
    static constexpr std::size_t kMessagePart = 64 * 1024;

    explicit Submission(Job job);  // decided at once where it cannot be sent to anybody

    Action connected();  // with TLS where it is implicit
    Action written();
    Action secured();
    Action received(std::string_view bytes);

    // The link is gone, closed or too slow. `has_begun`: false where not a byte of the last write has left.
    void lost(std::string_view why, bool has_begun = true);

    Step step() const { return step_; }

    bool is_decided() const { return is_decided_; }  // what follows is politeness

    const Outcome& outcome() const { return outcome_; }

private:
    Action answer(const Reply& reply);
    Action take_greeting(const Reply& reply);
    Action take_hello(const Reply& reply);
    Action take_starttls(const Reply& reply);
    Action take_login(const Reply& reply);
    Action take_sender(const Reply& reply);
    Action take_recipient(const Reply& reply);
    Action take_data(const Reply& reply);
    Action take_ending(const Reply& reply);

    Action say(Step step, std::string line);
    Action begin_login();
    Action begin_mail();
    Action decide_on_recipients();
    Action next_part();
    Action fail(Fate fate, std::string detail);
    Action fail(const Reply& reply);
    void decide(Fate fate, std::string detail);
    Action quit();

    Job job_;
    Step step_ = Step::connect;
    ReplyReader reader_;
    Offers offers_;
    Outcome outcome_;
    bool is_secure_ = false;
    bool is_decided_ = false;
    std::vector<std::string> login_lines_;  // still to be said, the next one last
    std::size_t recipient_ = 0;             // whose answer is awaited
    std::size_t at_ = 0;                    // in the message
    bool is_line_begin_ = true;
};

// What keeps it from being sent to anybody, in words; empty: nothing. Line ends or NUL in an address, bare line ends in
// the message: with them a relay could be made to read a second mail out of it.
std::string find_mistake(const Job& job);

std::string_view to_string(Step step);
std::string_view to_string(Fate fate);

}  // namespace lupaus::smtp
