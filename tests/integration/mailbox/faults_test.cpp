#include "tests/integration/mailbox/mailbox_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

namespace lupaus::email::mailbox::test {
namespace {

using net::test::PeerConnection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Passes bytes between a client and the Dovecot, and breaks every connection after so many bytes of the server.
class Scissors {
public:
    explicit Scissors(std::size_t bytes) : bytes_(bytes) {}

    void operator()(PeerConnection& near) const {
        const int far = connect_to(dovecot().imap);
        std::array<pollfd, 2> ends{pollfd{near.handle(), POLLIN, 0}, pollfd{far, POLLIN, 0}};
        std::size_t left = bytes_;
        while (left > 0 && ::poll(ends.data(), ends.size(), -1) > 0) {
            if (ends[0].revents != 0 && pass(near.handle(), far, SIZE_MAX) == 0) {
                break;
            }
            const auto passed = ends[1].revents != 0 ? pass(far, near.handle(), left) : 0;
            if (ends[1].revents != 0 && passed == 0) {
                break;
            }
            left -= passed;
        }
        near.reset();
        ::close(far);
    }

private:
    static int connect_to(std::uint16_t port) {
        const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(port);
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::connect(handle, reinterpret_cast<const sockaddr*>(&place), sizeof(place));
        return handle;
    }

    static std::size_t pass(int from, int to, std::size_t bytes_max) {
        std::array<char, 4096> piece{};
        const auto count = ::recv(from, piece.data(), std::min(piece.size(), bytes_max), 0);
        if (count <= 0) {
            return 0;
        }
        ::send(to, piece.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
        return static_cast<std::size_t>(count);
    }

    std::size_t bytes_;
};

// A server of a few mails that hands some of them out in a strange way, and knows no IDLE.
class StrangeServer {
public:
    explicit StrangeServer(std::map<int, std::string> answers) : answers_(std::move(answers)) {}

    void operator()(PeerConnection& connection) const {
        connection.send("* OK strange\r\n");
        std::string input;
        std::array<char, 4096> piece{};
        while (true) {
            const auto end = input.find("\r\n");
            if (end == std::string::npos) {
                const auto count = ::recv(connection.handle(), piece.data(), piece.size(), 0);
                if (count <= 0) {
                    return;
                }
                input.append(piece.data(), static_cast<std::size_t>(count));
                continue;
            }
            const auto space = input.find(' ');
            const auto answer = answer_to(input.substr(space + 1, end - space - 1));
            connection.send(answer +
                            (answer.empty() || answer.ends_with('\n') ? input.substr(0, space) + " OK\r\n" : ""));
            if (answer.ends_with("CUT")) {
                connection.reset();
                return;
            }
            input.erase(0, end + 2);
        }
    }

private:
    std::string answer_to(const std::string& command) const {
        if (command == "CAPABILITY") {
            return "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n";
        }
        if (command.starts_with("EXAMINE")) {
            const auto next = std::to_string(answers_.rbegin()->first + 1);
            return "* " + std::to_string(answers_.size()) + " EXISTS\r\n* OK [UIDVALIDITY 5]\r\n* OK [UIDNEXT " + next +
                   "]\r\n";
        }
        if (command.starts_with("UID FETCH ") && command.find("BODY") != std::string::npos) {
            return answers_.at(std::stoi(command.substr(10)));
        }
        return command.starts_with("UID FETCH ") ? list(std::stoi(command.substr(10))) : "";
    }

    std::string list(int first) const {
        std::string lines;
        for (auto one = answers_.lower_bound(first); one != answers_.end(); ++one) {
            lines += "* 1 FETCH (UID " + std::to_string(one->first) + " RFC822.SIZE " +
                     (one->second == "HUGE" ? "999999999" : "5") + ")\r\n";
        }
        return lines;
    }

    std::map<int, std::string> answers_;
};

std::string whole(int uid) {
    const auto mail = "Subject: " + std::to_string(uid) + "\r\n\r\n";
    return "* 1 FETCH (UID " + std::to_string(uid) + " BODY[] {" + std::to_string(mail.size()) + "}\r\n" + mail +
           ")\r\n";
}

TEST_F(MailboxTest, ReadsOnAfterEveryCutWithoutLossOrDoubles) {
    std::vector<std::string> wanted;
    for (int i = 0; i < 60; ++i) {
        wanted.push_back("mail " + std::to_string(i));
        me_.append(mail_named(wanted.back(), 3000));
    }
    auto& gate = serve(Scissors(24 * 1024));
    auto settings = in_the_clear(gate.port());
    settings.pauses.first = std::chrono::milliseconds(10);
    auto& store = start(settings);
    EXPECT_EQ(subjects_of(store.wait_for_mails(wanted.size())), wanted);
    store.wait_for_state(State::waiting);
    EXPECT_GT(gate.accepted(), 5);
}

TEST_F(MailboxTest, HandsOverWhatCannotBeHadAndGoesOn) {
    auto& server = serve(StrangeServer({
        {10, whole(10)},
        {11, "* 1 FETCH (UID 11 BODY[] {99999999999}\r\n"},  // larger than it said, and than it may be
        {12, whole(12)},
        {13, "* 1 FETCH (UID 13 BODY[] nonsense)\r\n"},
        {14, "HUGE"},
        {16, whole(16)},
        {17, "* 1 FETCH (UID 17 BODY[] {9}\r\nabCUT"},
        {20, whole(20)},
    }));
    auto settings = in_the_clear(server.port());
    settings.pauses.first = std::chrono::milliseconds(10);
    auto& store = start(settings);
    const auto mails = store.wait_for_mails(8);
    EXPECT_THAT(subjects_of(mails), ElementsAre("10", "trouble", "12", "trouble", "trouble", "16", "trouble", "20"));
    for (const auto& mail : mails) {
        EXPECT_EQ(mail.bytes.empty(), !mail.trouble.empty()) << mail.uid;
    }
    EXPECT_THAT(mails[4].trouble, HasSubstr("999999999 bytes"));
    EXPECT_EQ(store.kept(), (Checkpoint{.uid_validity = 5, .uid = 20}));
    store.wait_for_state(State::waiting);
}

TEST_F(MailboxTest, SaysWhyAMailThatIsAskedForAgainCannotBeHad) {
    auto& server = serve(StrangeServer({
        {11, "* 1 FETCH (UID 11 BODY[] {99999999999}\r\n"},
        {14, "HUGE"},
        {17, "* 1 FETCH (UID 17 BODY[] {9}\r\nabCUT"},
        {20, whole(20)},
    }));
    auto settings = in_the_clear(server.port());
    settings.poll = std::chrono::milliseconds(20);
    settings.pauses.first = std::chrono::milliseconds(10);
    auto& store = start(settings);
    store.wait_for_mails(4);
    store.wait_for_state(State::waiting);
    for (const std::uint32_t uid : {14U, 15U, 17U, 11U, 20U}) {
        ask_again({{.uid = uid}});
        store.wait_for_settled(store.wait_for_settled(0).size() + 1);
    }
    const auto settled = store.wait_for_settled(5);
    EXPECT_THAT(settled[0].trouble, HasSubstr("999999999 bytes"));
    EXPECT_THAT(settled[1].trouble, HasSubstr("no longer in the mailbox"));
    EXPECT_THAT(settled[2].trouble, HasSubstr("could not be fetched"));
    EXPECT_THAT(settled[3].trouble, HasSubstr("could not be fetched"));
    EXPECT_EQ(subjects_of({settled[4]}), std::vector<std::string>{"20"});
    EXPECT_EQ(store.wait_for_mails(4).size(), 4U) << "nothing came a second time";
}

TEST_F(MailboxTest, CrossesWideGapsInTheNumbers) {
    auto& server = serve(StrangeServer({{10, whole(10)}, {500'000, whole(500'000)}, {500'001, whole(500'001)}}));
    auto& store = start(in_the_clear(server.port()));
    EXPECT_THAT(subjects_of(store.wait_for_mails(3)), ElementsAre("10", "500000", "500001"));
}

TEST_F(MailboxTest, PollsWhereThereIsNoIdle) {
    auto& server = serve(StrangeServer({{10, whole(10)}}));
    auto settings = in_the_clear(server.port());
    settings.poll = std::chrono::milliseconds(20);
    auto& store = start(settings);
    store.wait_for_mails(1);
    for (int i = 0; i < 3; ++i) {
        store.wait_for_state(State::waiting);  // told anew after every look
    }
    EXPECT_EQ(server.accepted(), 1);
}

TEST_F(MailboxTest, OneThatHangsSlowsNoOther) {
    auto& silent = serve([](PeerConnection& connection) { connection.wait_for_end(); });
    auto hanging = in_the_clear(silent.port());
    hanging.waits.silence = std::chrono::milliseconds(300);
    auto& stuck = start(hanging);
    me_.append(mail_named("a"));
    EXPECT_THAT(subjects_of(start(over_tls()).wait_for_mails(1)), ElementsAre("a"));
    const auto health = stuck.wait_for_state(State::failing);
    EXPECT_THAT(health.reason, HasSubstr("in time"));
    EXPECT_FALSE(health.last_good);
}

TEST_F(MailboxTest, TellsAServerThatIsNotThere) {
    const auto health = start(in_the_clear(net::test::closed_port())).wait_for_state(State::failing);
    EXPECT_THAT(health.reason, HasSubstr("Connecting to 127.0.0.1"));
}

}  // namespace
}  // namespace lupaus::email::mailbox::test
