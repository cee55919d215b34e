// What a mailbox asks of its server, in which order, and how often it comes back: against a server that writes down
// everything that it is told.
#include "tests/integration/mailbox/mailbox_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>

namespace lupaus::email::mailbox::test {
namespace {

using net::test::Notes;
using net::test::PeerConnection;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct OnServer {
    int uid = 0;
    std::uint64_t size = 100;  // as listed
};

std::string whole(int uid, std::size_t bytes = 0) {
    const auto mail = mail_named(std::to_string(uid), bytes);
    return "* 1 FETCH (UID " + std::to_string(uid) + " BODY[] {" + std::to_string(mail.size()) + "}\r\n" + mail +
           ")\r\n";
}

// Hands out its mails, unless it is told to do otherwise: with lines, "NO", "+…", "SILENCE", or "…CUT" which ends the
// connection.
class Server {
public:
    using Odd = std::function<std::optional<std::string>(int connection, const std::string& command)>;

    Server(std::shared_ptr<Notes> heard, std::vector<OnServer> mails, Odd odd = {})
        : heard_(std::move(heard)), mails_(std::move(mails)), odd_(std::move(odd)) {}

    void operator()(PeerConnection& connection) const {
        const int number = ++*connections_;
        connection.send("* OK ready\r\n");
        std::string tag;
        for (auto line = read_line(connection); !line.empty(); line = read_line(connection)) {
            const auto space = line.find(' ');
            const bool is_done = space == std::string::npos;  // the end of the command before
            tag = is_done ? tag : line.substr(0, space);
            const auto command = is_done ? line : line.substr(space + 1);
            heard_->add(std::to_string(number) + " " + command);
            const auto odd = odd_ ? odd_(number, command) : std::nullopt;
            const auto answer = odd ? *odd : answer_to(command);
            if (answer.ends_with("CUT")) {
                connection.send(answer.substr(0, answer.size() - 3));
                return;  // not with a reset, which takes back what was sent
            }
            if (answer == "SILENCE") {
                continue;
            }
            const bool is_refused = answer == "NO";
            connection.send(is_refused ? "" : answer);
            connection.send(answer.starts_with('+') ? "" : tag + (is_refused ? " NO no\r\n" : " OK\r\n"));
        }
    }

private:
    // Without its end; "": the client is gone. A line is a read of its own, so nothing is kept between two.
    static std::string read_line(PeerConnection& connection) {
        std::string line;
        char c = 0;
        while (::recv(connection.handle(), &c, 1, 0) == 1) {
            if (c == '\n') {
                return line;
            }
            line += c == '\r' ? "" : std::string(1, c);
        }
        return {};
    }

    std::string answer_to(const std::string& command) const {
        if (command == "CAPABILITY") {
            return "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n";
        }
        if (command.starts_with("EXAMINE") || command.starts_with("SELECT")) {
            return "* 1 EXISTS\r\n* OK [UIDVALIDITY 5]\r\n* OK [UIDNEXT " + std::to_string(mails_.back().uid + 1) +
                   "]\r\n";
        }
        if (!command.starts_with("UID FETCH ")) {
            return "";
        }
        const int first = std::stoi(command.substr(10));
        return command.find("BODY") != std::string::npos ? whole(first) : list(command, first);
    }

    std::string list(const std::string& command, int first) const {
        const auto last = command.substr(command.find(':') + 1);
        std::string lines;
        for (const auto& mail : mails_) {
            const bool is_asked = mail.uid >= first && (last.starts_with('*') || mail.uid <= std::stoi(last));
            lines += is_asked ? "* 1 FETCH (UID " + std::to_string(mail.uid) + " RFC822.SIZE " +
                                    std::to_string(mail.size) + ")\r\n"
                              : "";
        }
        return lines;
    }

    std::shared_ptr<Notes> heard_;
    std::vector<OnServer> mails_;
    Odd odd_;
    std::shared_ptr<int> connections_ = std::make_shared<int>(0);
};

std::optional<std::string> with_idle(const std::string& command) {
    return command == "CAPABILITY" ? std::optional<std::string>("* CAPABILITY AUTH=PLAIN SASL-IR IDLE\r\n")
           : command == "IDLE"     ? std::optional<std::string>("+ idling\r\n")
                                   : std::nullopt;
}

class MailboxCourse : public MailboxTest {
protected:
    std::size_t count_heard(std::string_view words) {
        const auto all = heard_->all();
        return static_cast<std::size_t>(
            std::ranges::count_if(all, [&](const auto& one) { return one.find(words) != std::string::npos; }));
    }

    std::shared_ptr<Notes> heard_ = std::make_shared<Notes>();  // servers end after the test
};

TEST_F(MailboxCourse, CrossesWideGapsInFewStepsAndSkipsNothing) {
    const int edge = static_cast<int>(limits::kImapListMax) + 1;
    auto& server = serve(Server(heard_, {{edge}, {500'000}}));
    auto& store = start(in_the_clear(server.port()));
    EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre(std::to_string(edge), "500000"));
    store.wait_for_state(State::waiting);
    EXPECT_LT(count_heard("RFC822.SIZE"), 20U);
}

TEST_F(MailboxCourse, LeavesMailsAsTheyAreUnlessItIsToldOtherwise) {
    auto& server = serve(Server(heard_, {{10}}));
    start(in_the_clear(server.port())).wait_for_state(State::waiting);
    EXPECT_EQ(count_heard("EXAMINE"), 1U);
    EXPECT_EQ(count_heard("STORE"), 0U);
}

TEST_F(MailboxCourse, NeverPassesAMailThatIsWithheld) {
    for (const std::uint64_t size : {std::uint64_t{100}, std::uint64_t{5 * 1024 * 1024}}) {  // large ones come alone
        auto& server =
            serve(Server(heard_, {{10, size}, {11, size}}, [is_first = true](int, const std::string& command) mutable {
                const bool is_odd = command.starts_with("UID FETCH 10 ") && std::exchange(is_first, false);
                return is_odd ? std::optional<std::string>("NO") : std::nullopt;
            }));
        auto& store = start(in_the_clear(server.port()));
        EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre("10", "11"));
        store.wait_for_state(State::waiting);
        EXPECT_EQ(server.accepted(), 1) << "once may be chance";
    }
}

TEST_F(MailboxCourse, LeavesAServerAloneThatWithholdsAMailAgain) {
    auto& server = serve(Server(heard_, {{10}}, [left = 2](int, const std::string& command) mutable {
        const bool is_odd = command.starts_with("UID FETCH 10 ") && left-- > 0;
        return is_odd ? std::optional<std::string>("NO") : std::nullopt;
    }));
    EXPECT_THAT(subjects_of(start(in_the_clear(server.port())).wait_for_mails(1)), ElementsAre("10"));
    EXPECT_EQ(server.accepted(), 2);
}

TEST_F(MailboxCourse, MarksNothingThatItCouldNotHave) {
    constexpr auto kMax = limits::kImapMailBytesMax;
    auto& server = serve(Server(heard_, {{10}, {13, kMax}, {14, kMax + 1}}));
    auto settings = in_the_clear(server.port());
    settings.disposition = Disposition::mark_seen;
    auto& store = start(settings);
    EXPECT_THAT(subjects_of(store.wait_for_mails(3)), ElementsAre("10", "13", "trouble"));
    store.wait_for_state(State::waiting);
    EXPECT_THAT(heard_->all(), Contains("1 UID STORE 10 +FLAGS.SILENT (\\Seen)"));
    EXPECT_THAT(heard_->all(), Contains("1 UID STORE 13 +FLAGS.SILENT (\\Seen)"));
    EXPECT_THAT(heard_->all(), Each(Not(HasSubstr("STORE 14"))));
    EXPECT_THAT(heard_->all(), Each(Not(HasSubstr("FETCH 14 "))));
    EXPECT_EQ(store.room(), 100 + 2 * kMax) << "before anything is fetched";
}

TEST_F(MailboxCourse, TakesAMailThatIsLargerThanABatch) {
    constexpr auto kBytes = limits::kImapBatchBytesMax + 1'000'000;
    auto& server = serve(Server(heard_, {{10, kBytes}}, [](int, const std::string& command) {
        return command.find("BODY") != std::string::npos ? std::optional(whole(10, kBytes)) : std::nullopt;
    }));
    const auto mails = start(in_the_clear(server.port())).wait_for_mails(1);
    EXPECT_EQ(mails.at(0).trouble, "");
    EXPECT_GE(mails.at(0).bytes.size(), kBytes);
}

TEST_F(MailboxCourse, MarksOnTheNextConnectionWhatTheLastOneCouldNot) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int connection, const std::string& command) {
        const bool is_deleted = connection > 1 && command.starts_with("UID FETCH 11");
        const bool is_cut = command.starts_with("UID FETCH 11 (UID BODY");
        return is_deleted ? std::optional<std::string>("") : is_cut ? std::optional<std::string>("CUT") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.disposition = Disposition::mark_seen;
    auto& store = start(settings);
    store.wait_for_mails(1);
    store.wait_for_state(State::waiting);
    EXPECT_THAT(heard_->all(), Contains("2 UID STORE 10 +FLAGS.SILENT (\\Seen)"));
}

TEST_F(MailboxCourse, ForgetsWhatItHadToMarkUnderOtherNumbers) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int connection, const std::string& command) {
        const bool is_numbered_anew = connection > 1 && command.starts_with("SELECT");
        const bool is_cut = connection == 1 && command.starts_with("UID FETCH 11 (UID BODY");
        return is_numbered_anew ? std::optional<std::string>("* OK [UIDVALIDITY 6]\r\n* OK [UIDNEXT 12]\r\n")
               : is_cut         ? std::optional<std::string>("CUT")
                                : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.disposition = Disposition::mark_seen;
    auto& store = start(settings);
    EXPECT_THAT(subjects_of(store.wait_for_mails(3)), ElementsAre("10", "10", "11"));
    store.wait_for_state(State::waiting);
    EXPECT_EQ(count_heard("2 UID STORE 10 "), 0U) << "it may be another mail by now";
    EXPECT_EQ(count_heard("2 UID STORE 10:11 "), 1U);
}

// Nothing of it is stored yet, so nothing but the numbering tells that the mail is another one.
TEST_F(MailboxCourse, ForgetsWhatItGaveUpUnderOtherNumbers) {
    refusals_.batches = 1;
    auto& server = serve(Server(heard_, {{10}}, [](int connection, const std::string& command) {
        const bool is_numbered_anew = connection > 1 && command.starts_with("EXAMINE");
        const bool is_too_large = connection == 1 && command.find("BODY") != std::string::npos;
        return is_numbered_anew ? std::optional<std::string>("* OK [UIDVALIDITY 6]\r\n* OK [UIDNEXT 11]\r\n")
               : is_too_large   ? std::optional<std::string>("* 1 FETCH (UID 10 BODY[] {99999999999}\r\n")
                                : std::nullopt;
    }));
    EXPECT_THAT(subjects_of(start(in_the_clear(server.port())).wait_for_mails(1)), ElementsAre("10"));
}

TEST_F(MailboxCourse, SeesOnTheSameConnectionThatMailsWereNumberedAnew) {
    auto& server = serve(Server(heard_, {{10}}, [looks = 0](int, const std::string& command) mutable {
        const bool is_again = command.starts_with("EXAMINE") && ++looks > 1;
        return is_again ? std::optional<std::string>("* OK [UIDVALIDITY 6]\r\n* OK [UIDNEXT 11]\r\n") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.poll = std::chrono::milliseconds(10);
    EXPECT_THAT(subjects_of(start(settings).wait_for_mails(2)), ElementsAre("10", "10"));
    EXPECT_EQ(server.accepted(), 1);
}

TEST_F(MailboxCourse, GivesUpAtOnceWhatIsLargerThanMailsMayBe) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int, const std::string& command) {
        const bool is_odd = command.starts_with("UID FETCH 10 ");
        return is_odd ? std::optional<std::string>("* 1 FETCH (UID 10 BODY[] {99999999999}\r\n") : std::nullopt;
    }));
    auto& store = start(in_the_clear(server.port()));
    EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre("trouble", "11"));
    const auto is_said = [](const Health& told) {
        return told.state == State::waiting || told.state == State::failing;
    };
    EXPECT_EQ(store.wait_for_health(is_said, "a look").state, State::waiting) << "the mailbox came forward";
    EXPECT_EQ(server.accepted(), 2);
}

// The first one comes to nothing twice; the one behind it is known by then.
TEST_F(MailboxCourse, ComesForwardWhereAMailBehindTheFirstIsGivenUp) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int connection, const std::string& command) {
        return connection == 1 && command.starts_with("UID FETCH 10 ") ? std::optional<std::string>("CUT")
               : command.starts_with("UID FETCH 11 ")
                   ? std::optional<std::string>("* 1 FETCH (UID 11 BODY[] {99999999999}\r\n")
                   : std::nullopt;
    }));
    auto& store = start(in_the_clear(server.port()));
    store.wait_for_state(State::failing);
    const auto is_said = [](const Health& told) {
        return told.state == State::waiting || told.state == State::failing;
    };
    EXPECT_EQ(store.wait_for_health(is_said, "a look").reason, "");
    EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre("10", "trouble"));
    EXPECT_EQ(server.accepted(), 3);
}

TEST_F(MailboxCourse, TakesAMailWhenTheServerSaysThatThisIsAll) {
    auto& server = serve(Server(heard_, {{10}}, [](int connection, const std::string& command) {
        const bool is_cut = connection == 1 && command.find("BODY") != std::string::npos;
        return is_cut ? std::optional(whole(10) + "CUT") : std::nullopt;
    }));
    auto& store = start(in_the_clear(server.port()));
    EXPECT_THAT(subjects_of(store.wait_for_mails(1)), ElementsAre("10"));
    store.wait_for_state(State::waiting);
    EXPECT_EQ(count_heard("UID FETCH 10 (UID BODY"), 2U);
}

// However often: nothing tells the mail from the line.
TEST_F(MailboxCourse, GivesUpNoMailOnALineThatBearsNone) {
    constexpr int kCuts = limits::kImapCutsMax + 2;
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int connection, const std::string& command) {
        const bool is_cut = connection <= kCuts && command.find("BODY") != std::string::npos;
        return is_cut ? std::optional<std::string>("CUT") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.pauses.first = settings.pauses.longest = std::chrono::milliseconds(1);
    EXPECT_THAT(subjects_of(start(settings).wait_for_mails(2)), ElementsAre("10", "11"));
    EXPECT_EQ(server.accepted(), kCuts + 1);
}

TEST_F(MailboxCourse, FetchesFewMailsAtATimeOnALineThatBoreNone) {
    std::vector<OnServer> mails;
    for (int uid = 1; uid <= 9; ++uid) {
        mails.push_back({uid});
    }
    auto& server = serve(Server(heard_, mails, [](int connection, const std::string& command) {
        const bool is_cut = connection == 1 && command.find("BODY") != std::string::npos;
        return is_cut ? std::optional<std::string>("CUT") : std::nullopt;
    }));
    auto& store = start(in_the_clear(server.port()));
    store.wait_for_mails(9);
    EXPECT_EQ(store.batches(), 3U) << "two, then four, then the rest";
}

TEST_F(MailboxCourse, AsksAgainSoonForATokenThatCouldNotBeHad) {
    refusals_.logins = 1;
    auto& server = serve(Server(heard_, {{10}}));
    auto& store = start(in_the_clear(server.port()));
    EXPECT_THAT(store.wait_for_state(State::failing).reason, HasSubstr("away"));
    EXPECT_THAT(subjects_of(store.wait_for_mails(1)), ElementsAre("10"));
}

TEST_F(MailboxCourse, TellsItsStoreThatALoginWasRefused) {
    auto& server = serve(Server(heard_, {{10}}, [](int connection, const std::string& command) {
        const bool is_refused = connection == 1 && command.starts_with("AUTHENTICATE");
        return is_refused ? std::optional<std::string>("NO") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.pauses.login = settings.pauses.first;
    auto& store = start(settings);
    store.wait_for_mails(1);
    EXPECT_THAT(store.logins(), ElementsAre(false, true));
}

TEST_F(MailboxCourse, FetchesOnceWhatIsAskedForAgain) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [](int, const std::string& command) {
        const bool is_withheld = command.starts_with("UID FETCH 11 ");
        return is_withheld ? std::optional<std::string>("NO") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.disposition = Disposition::mark_seen;
    settings.poll = settings.pauses.first = settings.pauses.longest = std::chrono::milliseconds(1);
    auto& store = start(settings);
    EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre("10", "trouble"));
    store.wait_for_state(State::waiting);
    const auto room = store.room();
    ask_again({{.uid = 11}, {.uid = 10}});
    const auto settled = store.wait_for_settled(2);
    EXPECT_THAT(subjects_of(settled), ElementsAre("trouble", "10"));
    EXPECT_THAT(settled[0].trouble, HasSubstr("did not hand the mail out"));
    EXPECT_EQ(settled[1].size, 100U) << "as listed";
    const auto is_later = [since = system_now()](const Health& told) { return told.last_good >= since; };
    for (int i = 0; i < 3; ++i) {
        store.wait_for_health(is_later, "a look");
    }
    EXPECT_EQ(store.looks_for_wanted(), 1U);
    EXPECT_EQ(store.room() - room, 200U) << "before they are fetched";
    EXPECT_EQ(count_heard("UID STORE 10 "), 2U) << "as after any fetch";
    EXPECT_EQ(count_heard("UID STORE 11 "), 0U);
}

TEST_F(MailboxCourse, TellsNothingOfMailsThatWereNotAskedForAnyMore) {
    auto& server = serve(Server(heard_, {{10}, {11}}, [is_first = true](int, const std::string& command) mutable {
        const bool is_cut = command.starts_with("UID FETCH 10:10 ") && std::exchange(is_first, false);
        return is_cut ? std::optional<std::string>("CUT") : std::nullopt;
    }));
    auto settings = in_the_clear(server.port());
    settings.poll = std::chrono::milliseconds(1);
    auto& store = start(settings);
    store.wait_for_state(State::waiting);
    ask_again({{.uid = 10}, {.uid = 11}});
    EXPECT_THAT(store.wait_for_settled(1)[0].trouble, HasSubstr("could not be fetched"));
    ask_again({{.uid = 11}});
    EXPECT_THAT(subjects_of(store.wait_for_settled(2)), ElementsAre("trouble", "11"));
}

TEST_F(MailboxCourse, MayBeAskedForAMailBetweenTwoConnections) {
    auto& server = serve(Server(heard_, {{10}}, [](int connection, const std::string& command) {
        const bool is_cut = connection == 1 && command == "IDLE";
        return is_cut ? std::optional<std::string>("+ idling\r\nCUT") : with_idle(command);
    }));
    auto& store = start(in_the_clear(server.port()));
    store.wait_for_state(State::waiting);
    store.wait_for_state(State::connecting);
    ask_again({{.uid = 10}});
    EXPECT_THAT(subjects_of(store.wait_for_settled(1)), ElementsAre("10"));
}

// What is wrong with us is no fault of the server, which stays away for longer.
TEST_F(MailboxCourse, ComesBackSoonAfterTheDesk) {
    refusals_.checkpoints = 12;
    auto& server = serve(Server(heard_, {{10}}));
    auto settings = in_the_clear(server.port());
    settings.pauses.first = std::chrono::milliseconds(5);
    const auto begin = std::chrono::steady_clock::now();
    auto& store = start(settings);
    EXPECT_THAT(store.wait_for_state(State::failing).reason, HasSubstr("The desk cannot store mail"));
    EXPECT_THAT(subjects_of(store.wait_for_mails(1)), ElementsAre("10"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4)) << "at most 40 ms each time";
}

// Servers end connections some time. A login that was refused is not tried again within seconds: accounts get locked.
TEST_F(MailboxCourse, ComesBackSoonToAServerThatWasGoodAndLateToOneThatRefusesIt) {
    const auto begin = std::chrono::steady_clock::now();
    auto& refusing = serve(Server(heard_, {{10}}, [](int, const std::string& command) {
        return command.starts_with("AUTHENTICATE") ? std::optional<std::string>("NO") : std::nullopt;
    }));
    start(in_the_clear(refusing.port()));
    refusals_ = {.logins = 1, .login_code = Errc::invalid};
    auto& unready = serve(Server(heard_, {{10}}));
    start(in_the_clear(unready.port()));
    refusals_ = {};
    auto& good = serve(
        Server(heard_, {{10}}, [looks = std::map<int, int>()](int connection, const std::string& command) mutable {
            const bool is_cut = command.starts_with("EXAMINE") && ++looks[connection] == 2;
            return is_cut ? std::optional<std::string>("CUT") : std::nullopt;
        }));
    auto settings = in_the_clear(good.port());
    settings.poll = std::chrono::milliseconds(10);
    auto& store = start(settings);
    for (int i = 0; i < 6; ++i) {
        const auto is_said = [](const Health& told) {
            return told.state == State::waiting || told.state == State::failing;
        };
        EXPECT_EQ(store.wait_for_health(is_said, "a look").state, State::waiting);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8)) << "the pauses do not grow";
    EXPECT_EQ(refusing.accepted(), 1);
    EXPECT_EQ(unready.accepted(), 0) << "what is wrong with the login has to be mended first";
}

TEST_F(MailboxCourse, LooksAgainWhenAnIdleHasLasted) {
    auto& server = serve(Server(heard_, {{10}}, [](int, const std::string& command) { return with_idle(command); }));
    auto settings = in_the_clear(server.port());
    settings.waits.idle = std::chrono::milliseconds(20);
    auto& store = start(settings);
    for (int i = 0; i < 3; ++i) {
        store.wait_for_state(State::waiting);
    }
    EXPECT_EQ(server.accepted(), 1);
    EXPECT_GE(count_heard("DONE"), 2U);
}

TEST_F(MailboxCourse, LeavesAServerThatIsSilentAfterAnIdle) {
    auto& server = serve(Server(heard_, {{10}}, [](int, const std::string& command) {
        return command == "DONE" ? std::optional<std::string>("SILENCE") : with_idle(command);
    }));
    auto settings = in_the_clear(server.port());
    settings.waits.idle = settings.waits.silence = std::chrono::milliseconds(100);
    auto& store = start(settings);
    store.wait_for_state(State::waiting);
    store.wait_for_state(State::connecting);
}

TEST_F(MailboxCourse, LeavesAServerThatTalksAndNeverAnswers) {
    auto& server = serve([](PeerConnection& connection) {
        std::array<char, 1000> input{};
        connection.send("* OK ready\r\n");
        pollfd end{connection.handle(), POLLIN, 0};
        while (::recv(connection.handle(), input.data(), input.size(), 0) > 0) {
            while (::poll(&end, 1, 20) == 0) {  // until the client says more, or leaves
                connection.send("* OK still here\r\n");
            }
        }
    });
    auto settings = in_the_clear(server.port());
    settings.waits.command = std::chrono::milliseconds(300);
    EXPECT_THAT(start(settings).wait_for_state(State::failing).reason, HasSubstr("in time"));
}

}  // namespace
}  // namespace lupaus::email::mailbox::test
