// What people read in the history of a conversation.
#include "services/desk/timeline/sentences.hpp"
#include "services/desk/timeline/wording.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::timeline {
namespace {

using namespace std::chrono_literals;
using event::ActorType;

const Uuid kAino = make_uuid_v7();
const Uuid kEero = make_uuid_v7();
const Uuid kCustomer = make_uuid_v7();
const Uuid kRobo = make_uuid_v7();
const Uuid kSupport = make_uuid_v7();
const Uuid kSales = make_uuid_v7();
const Names kNames{{kAino, "Aino"}, {kEero, "Eero"},       {kCustomer, "Matti"},
                   {kRobo, "Robo"}, {kSupport, "Support"}, {kSales, "Sales"}};
const Timestamp kTen = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 10h;

Happening by(ActorType type, const Uuid& id, std::string event) {
    Happening it;
    it.type = std::move(event);
    it.actor = {.type = type, .id = type == ActorType::bot ? Uuid{} : id, .token = {}};
    if (type == ActorType::bot) {
        it.actor.token = TokenId{id};
    }
    it.at = kTen;
    it.after = Shown{.version = 2, .state = "open", .priority = "normal"};
    it.before = Shown{.version = 1, .state = "open", .priority = "normal"};
    return it;
}

Happening by_aino(std::string event) {
    return by(ActorType::agent, kAino, std::move(event));
}

Happening by_desk(std::string event) {
    return by(ActorType::system, {}, std::move(event));
}

std::string said(const Happening& it) {
    return sentence(it, kNames);
}

TEST(Sentence, NamesWhoTookAndWhoGot) {
    auto it = by_aino("conversation.assigned");
    it.after->assignee = kEero;
    EXPECT_EQ(said(it), "Aino assigned it to Eero");
    it.after->assignee = kAino;
    EXPECT_EQ(said(it), "Aino took it");
    it.before->assignee = kEero;
    EXPECT_EQ(said(it), "Aino took it instead of Eero");
    auto routed = by_desk("conversation.assigned");
    routed.after->assignee = kEero;
    EXPECT_EQ(said(routed), "Assigned to Eero");
    auto back = by_aino("conversation.unassigned");
    back.before->assignee = kAino;
    EXPECT_EQ(said(back), "Aino gave it back");
    back.before->assignee = kEero;
    EXPECT_EQ(said(back), "Aino took it from Eero");
}

TEST(Sentence, NamesWhoeverIsNoAgentByTheirToken) {
    auto it = by_desk("conversation.pending");
    EXPECT_EQ(said(it), "Set to pending");
    it.actor.token = TokenId{kRobo};
    EXPECT_EQ(said(it), "Robo set it to pending");
}

TEST(Sentence, NamesWhatWasChangedFromAndTo) {
    auto it = by_aino("conversation.updated");
    it.after->priority = "urgent";
    it.before->tags = {"old", "kept"};
    it.after->tags = {"kept", "vip", "new"};
    it.before->team = kSupport;
    it.after->team = kSales;
    it.before->subject = "Bike";
    it.after->subject = "Bicycle";
    EXPECT_EQ(said(it),
              "Aino changed the subject from “Bike” to “Bicycle”, changed the priority from normal to urgent, added "
              "the tags “vip” and “new”, removed the tag “old”, moved it from Support to Sales");
    it.before.reset();
    EXPECT_EQ(said(it), "Aino changed it");
    auto moved = by_aino("conversation.transferred");
    moved.after->team = kSales;
    EXPECT_EQ(said(moved), "Aino transferred it to Sales");
}

TEST(Sentence, NamesStates) {
    auto it = by_aino("conversation.snoozed");
    it.after->snoozed_until = kTen + 65min;
    EXPECT_EQ(said(it), "Aino snoozed it until 26 Nov 2026 11:05 UTC");
    EXPECT_EQ(said(by_desk("conversation.woken")), "Woken: it is open again");
    EXPECT_EQ(said(by_aino("conversation.pending")), "Aino set it to pending");
    auto done = by_aino("conversation.resolved");
    EXPECT_EQ(said(done), "Aino resolved it");
    done.reason = "thanks";
    EXPECT_EQ(said(done), "Aino resolved it; no answer was needed: thanks");
    EXPECT_EQ(said(by(ActorType::customer, kCustomer, "conversation.reopened")), "Matti reopened it");
    auto phoned = by_aino("conversation.answered");
    phoned.how = "in_person";
    EXPECT_EQ(said(phoned), "Aino answered in person");
}

TEST(Sentence, SaysWhatABotGetsAndLoses) {
    auto begun = by(ActorType::customer, kCustomer, "conversation.created");
    begun.before.reset();
    EXPECT_EQ(said(begun), "Matti began the conversation");
    begun.after->bot = kRobo;
    EXPECT_EQ(said(begun), "Matti began the conversation; given to the bot Robo");
    auto lost = by(ActorType::bot, kRobo, "conversation.handed_over");
    lost.lost_by = kRobo;
    lost.reason = "asked";
    EXPECT_EQ(said(lost), "Robo handed it over to the desk");
    auto taken = by_aino("conversation.handed_over");
    taken.lost_by = kRobo;
    taken.reason = "taken";
    EXPECT_EQ(said(taken), "Aino took it over from Robo");
    taken.reason = "silence";
    EXPECT_EQ(said(taken), "Handed over to the desk: Robo did not answer in time");
}

TEST(Sentence, SaysWhatBecameAPartOfWhat) {
    auto it = by_aino("conversation.merged");
    EXPECT_EQ(said(it), "Aino merged it into another conversation");
    it.merged_from = make_uuid_v7();
    EXPECT_EQ(said(it), "Aino merged another conversation into it");
    auto off = by_aino("conversation.split");
    EXPECT_EQ(said(off), "Aino split it off from another conversation");
    off.split_into = make_uuid_v7();
    EXPECT_EQ(said(off), "Aino split a message off");
}

TEST(Sentence, SaysWhatIsSpamAndWhatIsNot) {
    auto it = by_aino("conversation.judged");
    EXPECT_EQ(said(it), "Aino said that it is no spam");
    it.verdict = "spam";
    EXPECT_EQ(said(it), "Aino said that it is spam");
    EXPECT_EQ(said(by_aino("message.judged")), "Aino said that a message is a person's");
}

TEST(Sentence, NamesFilesAndWhyOneIsMissing) {
    auto it = by_desk("attachment.ready");
    it.file = File{.name = "photo.jpg", .error = {}};
    EXPECT_EQ(said(it), "The file “photo.jpg” was fetched");
    it.type = "attachment.failed";
    EXPECT_EQ(said(it), "The file “photo.jpg” could not be fetched");
    it.file->error = "answered 404";
    EXPECT_EQ(said(it), "The file “photo.jpg” could not be fetched: answered 404");
    auto again = by_aino("attachment.retried");
    again.file = it.file;
    EXPECT_EQ(said(again), "Aino had the file “photo.jpg” fetched again");
}

TEST(Sentence, TellsWritingFromNoting) {
    auto it = by(ActorType::customer, kCustomer, "message.created");
    it.message = Said{};
    EXPECT_EQ(said(it), "Matti wrote");
    it = by_aino("message.created");
    it.message = Said{.direction = message::Direction::out, .kind = message::Kind::message};
    EXPECT_EQ(said(it), "Aino replied");
    it.message->kind = message::Kind::note;
    EXPECT_EQ(said(it), "Aino wrote a note");
    it = by(ActorType::bot, kRobo, "message.created");
    it.message = Said{.direction = message::Direction::out, .kind = message::Kind::automatic};
    EXPECT_EQ(said(it), "Robo sent an automatic message");
}

TEST(Sentence, NamesWhoIsMentioned) {
    auto it = by_aino("agent.mentioned");
    it.mentioned = kEero;
    EXPECT_EQ(said(it), "Aino mentioned Eero in a note");
}

TEST(Sentence, MeasuresWhatWasOwed) {
    auto it = by_aino("promise.settled");
    it.promise = Owed{
        .kind = "first_reply", .outcome = "late", .opened_at = kTen, .due_at = kTen + 5min, .settled_at = kTen + 8min};
    EXPECT_EQ(said(it),
              "The first reply was due at 26 Nov 2026 10:05 UTC and came at 26 Nov 2026 10:08 UTC, 3 min late");
    it.promise->settled_at = kTen + 5min;
    EXPECT_EQ(said(it), "The first reply was due at 26 Nov 2026 10:05 UTC and came at 26 Nov 2026 10:05 UTC, in time");
    it.promise->due_at.reset();
    EXPECT_EQ(said(it), "The first reply came at 26 Nov 2026 10:05 UTC, after 5 min");
    it.promise->outcome = "waived";
    EXPECT_EQ(said(it), "The first reply is no longer needed");
    auto word = by_aino("promise.opened");
    word.promise = Owed{.kind = "commitment", .text = "The part arrives", .due_at = kTen, .agent = kEero};
    EXPECT_EQ(said(word), "Eero promised “The part arrives” by 26 Nov 2026 10:00 UTC");
    word.type = "promise.settled";
    word.promise->outcome = "broken";
    EXPECT_EQ(said(word), "The promise “The part arrives”, due at 26 Nov 2026 10:00 UTC, was given up");
}

TEST(Sentence, NamesWhoIsAlerted) {
    auto it = by_desk("alert.raised");
    it.alert = Raised{.kind = "promise", .level = 2, .recipient_type = "leads", .recipient = {}};
    EXPECT_EQ(said(it), "Alert: level 2, team leads: what is owed is due");
    it.alert->recipient = kSupport;
    EXPECT_EQ(said(it), "Alert: level 2, team leads of Support: what is owed is due");
    it.alert = Raised{.kind = "undelivered", .level = 1, .recipient_type = "agent", .recipient = kEero};
    EXPECT_EQ(said(it), "Alert: level 1, Eero: a reply did not reach the customer");
    auto taken = by_aino("alert.acknowledged");
    taken.alert = it.alert;
    EXPECT_EQ(said(taken), "Aino took the alert of level 1");
}

TEST(Sentence, SaysWhyAReplyFailed) {
    auto it = by_desk("message.delivery");
    it.delivery = Way{.state = "failed", .error = "410 Gone"};
    EXPECT_EQ(said(it), "The reply was not delivered: 410 Gone");
    it.delivery->state = "uncertain";
    EXPECT_EQ(said(it), "Nobody knows whether the reply arrived: 410 Gone");
}

TEST(Wording, NamesSpansByTheirTwoLargestUnits) {
    EXPECT_EQ(span_of(900ms), "less than 1 s");
    EXPECT_EQ(span_of(59s), "59 s");
    EXPECT_EQ(span_of(3min), "3 min");
    EXPECT_EQ(span_of(3min + 20s), "3 min 20 s");
    EXPECT_EQ(span_of(2h + 59s), "2 h");
    EXPECT_EQ(span_of(2h + 5min + 59s), "2 h 5 min");
    EXPECT_EQ(span_of(76h), "3 d 4 h");
}

}  // namespace
}  // namespace lupaus::desk::timeline
