// The server's side of LMTP (RFC 2033, after RFC 5321) without a socket: bytes in, answers out. It stops and asks where
// somebody else decides: whose address a recipient is, and what became of a mail for each of its recipients. Only CR LF
// ends a line, and only CR LF "." CR LF a mail, so that nothing can be smuggled in behind one. Announces PIPELINING,
// 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES (RFC 2034) and SIZE (RFC 1870). One connection, one thread, no exceptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::smtp {

struct Answer {
    int code = 250;
    std::string status{};  // RFC 3463: "2.1.5"
    std::string text{};    // one line
};

struct ReceptionOptions {
    std::string host{};  // how the server names itself
    std::size_t mail_bytes_max = 0;
    std::size_t recipients_max = 0;
};

struct Recipient {
    std::string address{};
    std::string mailbox{};  // what whoever accepted it calls it
};

struct ReceivedMail {
    std::string sender{};  // of the envelope; empty: <>
    std::vector<Recipient> recipients{};
    std::string bytes{};  // CR LF between lines, no dots added
};

class Reception {
public:
    enum class Asks : std::uint8_t {
        input,      // put() more bytes
        recipient,  // whose recipient() is: answer_recipient()
        mail,       // what became of it: take_mail(), then answer_mail()
        end,        // nothing: what take_output() has is the last
    };

    explicit Reception(ReceptionOptions options);  // its greeting is the first output

    // How many bytes were used: all of them, unless it asks for something else before.
    std::size_t put(std::string_view bytes);

    Asks asks() const { return asks_; }

    const std::string& recipient() const { return recipient_; }

    void answer_recipient(const Answer& answer, std::string mailbox = {});  // accepted where its code is 2xx
    ReceivedMail take_mail();
    void answer_mail(std::span<const Answer> answers);  // one for each recipient, in their order

    bool is_in_mail() const { return is_in_mail_; }

    std::size_t mail_bytes() const { return mail_.bytes.size(); }

    void drop_mail(const Answer& why);  // the rest of it is read and forgotten, and this is the answer
    void shut_down();                   // says 421: now, or after the mail under way
    void time_out();                    // says 421 now

    std::string take_output();

private:
    enum class Place : std::uint8_t { line_start, text, after_cr, dot, dot_cr };  // within a mail

    std::size_t put_line(std::string_view bytes);
    std::size_t put_mail(std::string_view bytes);
    bool put_mail_byte(char byte);
    void append(std::string_view text);
    void end_mail();
    void end_line();
    void obey(std::string_view line);
    void greet(std::string_view domain);
    void begin_mail(std::string_view argument);
    std::optional<Answer> read_parameters(std::string_view parameters);
    void add_recipient(std::string_view argument);
    void begin_data(std::string_view argument);
    void say(const Answer& answer);
    void fail(const Answer& answer);
    void leave(const Answer& answer);
    void forget_mail();
    void finish_step();

    ReceptionOptions options_;
    Asks asks_ = Asks::input;
    std::string output_;
    std::string line_;
    bool is_line_too_long_ = false;
    std::size_t errors_ = 0;
    bool is_greeted_ = false;
    bool has_sender_ = false;
    bool is_utf8_ = false;
    std::size_t announced_bytes_ = 0;
    std::string recipient_;  // that is asked about
    ReceivedMail mail_;
    bool is_in_mail_ = false;
    Place place_ = Place::line_start;
    std::optional<Answer> drop_;  // why the mail under way is not kept
    bool is_shutting_down_ = false;
};

}  // namespace lupaus::smtp
