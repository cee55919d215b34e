#include "services/inbox/reply_wait.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lupaus::inbox {
namespace {

using desk::message::Direction;
using desk::message::Kind;
using desk::message::Message;

Timestamp at(int second) {
    return Timestamp{std::chrono::seconds{second}};
}

Message said(Direction direction, int second, Kind kind = Kind::message) {
    Message message;
    message.direction = direction;
    message.kind = kind;
    message.ordered_at = at(second);
    return message;
}

struct Case {
    const char* name;
    std::optional<Timestamp> waiting_since;
    Message seen;
    std::vector<Message> unseen;
    bool is_ended;
    std::optional<Timestamp> reopens;
};

TEST(ReplyWait, EndsWhatItsAuthorHadSeen) {
    auto old_mail = said(Direction::in, 12);
    old_mail.history = true;
    auto auto_reply = said(Direction::in, 12);
    auto_reply.judgement = desk::message::Judgement{.verdict = desk::message::Verdict::automatic, .rule = "agent"};
    const std::vector<Case> cases{
        {"nothing was missed", at(10), said(Direction::in, 10), {}, true, {}},
        {"nobody waits", {}, said(Direction::in, 10), {said(Direction::in, 12)}, true, {}},
        {"a later question", at(10), said(Direction::in, 10), {said(Direction::in, 12)}, true, at(12)},
        {"the oldest of later questions",
         at(10),
         said(Direction::in, 11),
         {said(Direction::in, 12), said(Direction::in, 13)},
         true,
         at(12)},
        {"a colleague's reply alone", at(10), said(Direction::in, 10), {said(Direction::out, 12)}, true, {}},
        {"a machine's message alone",
         at(10),
         said(Direction::in, 10),
         {said(Direction::in, 12, Kind::automatic)},
         true,
         {}},
        {"history asks nothing", at(10), said(Direction::in, 10), {old_mail}, true, {}},
        {"what is judged asks nothing", at(10), said(Direction::in, 10), {auto_reply}, true, {}},
        {"answered meanwhile, then asked again",
         at(13),
         said(Direction::in, 10),
         {said(Direction::out, 12), said(Direction::in, 13)},
         false,
         {}},
        {"the wait began unseen", at(13), said(Direction::out, 10), {said(Direction::in, 13)}, false, {}},
        {"both in the same second", at(10), said(Direction::in, 10), {said(Direction::in, 10)}, true, at(10)},
        {"the unseen one is told late and said early, and moved the wait back",
         at(8),
         said(Direction::in, 10),
         {said(Direction::in, 8)},
         true,
         at(8)},
        {"the oldest of later questions, whichever was told first",
         at(8),
         said(Direction::in, 10),
         {said(Direction::in, 12), said(Direction::in, 8), said(Direction::in, 9)},
         true,
         at(8)},
        {"answered meanwhile, then something was told late and said early",
         at(8),
         said(Direction::in, 10),
         {said(Direction::out, 12), said(Direction::in, 8)},
         false,
         {}},
        {"what was told late began a wait after the answer that was seen",
         at(8),
         said(Direction::out, 10),
         {said(Direction::in, 8)},
         false,
         {}},
    };
    for (const auto& c : cases) {
        const auto wait = wait_of_reply(c.waiting_since, c.seen, c.unseen);
        EXPECT_EQ(wait.is_ended, c.is_ended) << c.name;
        EXPECT_EQ(wait.reopens, c.reopens) << c.name;
    }
}

}  // namespace
}  // namespace lupaus::inbox
