// A relay that answers from a list, and a Submission that talks to it without any network: what every command was, and
// what came of the mail. Each answer can be given whole or a byte at a time, and the link can be cut at any point.
#pragma once

#include "common/smtp/submission.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lupaus::smtp::test {

inline const std::string kHello =
    "250-relay.example\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n";

// With STARTTLS and a password, and every answer that goes with it.
inline Job sample_job() {
    Job job;
    job.hello = "shop.example";
    job.login = Login{.username = "shop", .secret = Secret("geheim")};
    job.from = "support@shop.example";
    job.recipients = {"ada@example.org"};
    job.message = "Subject: Hi\r\n\r\nHello\r\n";
    return job;
}

inline std::vector<std::string> sample_answers() {
    return {"220 relay.example ESMTP\r\n",
            kHello,
            "220 go ahead\r\n",
            kHello,
            "235 2.7.0 welcome\r\n",
            "250 2.1.0 ok\r\n",
            "250 2.1.5 ok\r\n",
            "354 go on\r\n",
            "250 2.0.0 queued as 7\r\n",
            "221 bye\r\n"};
}

struct Talk {
    std::vector<std::string> said;  // by us, one write each; "<tls>" where TLS began
    Outcome outcome;
};

struct Course {
    std::vector<std::string> answers;
    std::size_t events_max = 1'000'000;  // the link is cut instead of the event that would follow
    std::size_t piece = 100'000;         // bytes of an answer that come at once
    bool is_last_write_begun = true;
};

// An event is a write, a handshake or a piece of an answer. Answers that are missing are a closed connection.
inline Talk talk(Job job, Course course) {
    Talk talk;
    Submission submission(std::move(job));
    auto action = submission.is_decided() ? Action{} : submission.connected();
    std::string pending;
    std::size_t next = 0, events = 0;
    while (action.kind != Action::Kind::end) {
        if (events++ == course.events_max) {
            submission.lost("closed the connection", course.is_last_write_begun);
            break;
        }
        if (action.kind == Action::Kind::write) {
            talk.said.push_back(action.bytes);
            action = submission.written();
        } else if (action.kind == Action::Kind::secure) {
            talk.said.push_back("<tls>");
            action = submission.secured();
        } else {
            if (pending.empty() && next < course.answers.size()) {
                pending = course.answers[next++];
            }
            const auto piece = pending.substr(0, course.piece);
            pending.erase(0, piece.size());
            if (piece.empty()) {
                submission.lost("closed the connection");
                break;
            }
            action = submission.received(piece);
        }
    }
    talk.outcome = submission.outcome();
    return talk;
}

inline Talk talk_with(Job job, std::vector<std::string> answers) {
    return talk(std::move(job), Course{.answers = std::move(answers)});
}

// The sample's answers with one of them replaced; what follows it stays.
inline std::vector<std::string> answers_with(std::size_t place, std::string answer) {
    auto answers = sample_answers();
    answers.at(place) = std::move(answer);
    return answers;
}

}  // namespace lupaus::smtp::test
