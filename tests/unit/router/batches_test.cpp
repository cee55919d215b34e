// A property: it makes no difference how the messages of a while are spread over routing transactions.
#include "tests/unit/router/paper_desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace lupaus::router {
namespace {

constexpr int kSeeds = 200;
constexpr int kMessages = 24;

// Liisa, Pekka and somebody who is blocked write with and without threads, at once and late, some of it by machines;
// threads of long ago come in.
void write_a_while(PaperDesk& desk, unsigned seed) {
    std::minstd_rand random(seed);
    const auto roll = [&random](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random); };
    const std::array<std::string, 3> senders{"liisa", "pekka", "blocked"};
    const std::array<std::optional<std::string>, 4> threads{std::nullopt, std::nullopt, "t-1", "t-2"};
    const std::array<std::chrono::hours, 4> ages{0h, 3h, 50h, 2000h};
    desk.snapshot.channels[desk.channel].live_since = kNow - 100h;
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.add_policy(PromiseKind::next_reply, 2h);
    desk.add_contact("blocked", true);
    desk.add_conversation(
        {.sender = "pekka", .state = State::resolved, .resolved_at = kNow - std::chrono::hours{roll(100)}});
    const std::array<std::optional<desk::message::Judgement>, 4> judgements{
        std::nullopt, std::nullopt, std::nullopt,
        desk::message::Judgement{.verdict = desk::message::Verdict::spam, .rule = "channel: spam"}};
    for (int i = 0; i < kMessages; ++i) {
        const auto age = ages.at(static_cast<std::size_t>(roll(4)));
        const auto thread = threads.at(static_cast<std::size_t>(roll(4)));
        desk.say({.sender = senders.at(static_cast<std::size_t>(roll(3))),
                  .thread = age > 100h ? std::optional<std::string>("old-" + std::to_string(roll(3))) : thread,
                  .occurred_at = age == 0h ? std::nullopt : std::optional(kNow - age),
                  .judgement = judgements.at(static_cast<std::size_t>(roll(4)))});
    }
}

std::string time_text(const std::optional<Timestamp>& time) {
    return time ? std::to_string((*time - kNow).count() / 1'000'000) : "-";
}

// What came of it, a line for each conversation, and how every message was stored.
std::string describe(const PaperDesk& desk, const std::vector<std::string>& messages) {
    std::vector<std::string> lines;
    for (const auto& [id, c] : desk.snapshot.held) {
        lines.push_back(to_string(id).substr(34) + " after " + to_string(c.previous).substr(34) + " " +
                        std::string(to_string(c.state)) + " thread " + c.thread_id.value_or("-") + " waiting " +
                        time_text(c.waiting_since) + " due " + time_text(c.owed ? c.owed->due_at : std::nullopt) +
                        " resolved " + time_text(c.resolved_at) + " last " + time_text(c.last_message_at) +
                        (c.spam ? " spam" : ""));
    }
    for (const auto& [id, promise] : desk.snapshot.promises) {
        lines.push_back(std::string(to_string(promise.kind)) + " " + to_string(promise.conversation).substr(34) +
                        " opened " + time_text(promise.opened_at) + " warns " + time_text(promise.warn_at));
    }
    std::ranges::sort(lines);
    lines.insert(lines.end(), messages.begin(), messages.end());
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::string outcome(unsigned seed, std::size_t batch_size) {
    PaperDesk desk;
    write_a_while(desk, seed);
    const auto rows = std::exchange(desk.batch, {});
    std::vector<std::string> messages;
    for (std::size_t from = 0; from < rows.size(); from += batch_size) {
        const auto end = std::min(rows.size(), from + batch_size);
        desk.batch.assign(rows.begin() + static_cast<std::ptrdiff_t>(from),
                          rows.begin() + static_cast<std::ptrdiff_t>(end));
        const auto changes = desk.route();
        for (const auto& message : changes.messages) {
            messages.push_back(to_string(message.conversation).substr(34) + " at " + time_text(message.ordered_at) +
                               (message.history ? " history" : "") +
                               (message.judgement ? " " + message.judgement->rule : ""));
        }
        desk.commit(changes);
    }
    return describe(desk, messages);
}

TEST(Batches, HoweverTheMessagesAreSpreadTheOutcomeIsTheSame) {
    for (unsigned seed = 1; seed <= kSeeds; ++seed) {
        const auto whole = outcome(seed, kMessages);
        ASSERT_EQ(whole, outcome(seed, 1)) << "seed " << seed << ", one by one";
        ASSERT_EQ(whole, outcome(seed, 7)) << "seed " << seed << ", seven at a time";
    }
}

}  // namespace
}  // namespace lupaus::router
