#include "services/inbox/alerts.hpp"
#include "services/inbox/conversations.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Alerts : public ConversationTest {
protected:
    std::vector<std::string> ids(const std::string& query) {
        std::vector<std::string> found;
        const auto page = read(fetch(handle_list_alerts, as_maija_, query));
        for (const auto& item : page["items"]) {
            found.push_back(item["id"].get<std::string>());
        }
        return found;
    }
};

TEST_F(Alerts, AreListedNewestFirstOfOneStateOrOfAny) {
    const auto first = open();
    const auto second = open();
    const auto warning = to_string(raise_alert(first, desk::alert::kWarning));
    const auto due = to_string(raise_alert(first, desk::alert::kDue));  // the warning is superseded
    const auto other = to_string(raise_alert(second));
    ASSERT_TRUE(call(handle_acknowledge_alert, as_maija_, other).has_value());
    EXPECT_THAT(ids(""), ElementsAre(other, due, warning));
    EXPECT_THAT(ids("state=firing"), ElementsAre(due));
    EXPECT_THAT(ids("state=acknowledged"), ElementsAre(other));
    EXPECT_THAT(ids("state=superseded"), ElementsAre(warning));
    EXPECT_THAT(ids("state=resolved"), IsEmpty());
    const auto page = read(fetch(handle_list_alerts, as_maija_, "limit=2"));
    EXPECT_EQ(page["items"].size(), 2u);
    EXPECT_THAT(ids("limit=2&cursor=" + page["next_cursor"].get<std::string>()), ElementsAre(warning));
    EXPECT_EQ(wrong_fields(fetch(handle_list_alerts, as_maija_, "state=loud")), "state ");
    EXPECT_EQ(wrong_fields(fetch(handle_list_alerts, as_maija_, "level=1")), "level ");
}

TEST_F(Alerts, AreTakenOnceAndHoldTheLadder) {
    support::make_policy(desk_.database, account_, {.target = 120s});
    const auto opened = open({.ago = 121s});
    const auto alert = to_string(raise_alert(opened));
    const auto answer = call(handle_acknowledge_alert, as_maija_, alert);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto taken = read(answer);
    EXPECT_EQ(taken["state"], "acknowledged");
    EXPECT_EQ(taken["acknowledged_by"], to_string(maija_));
    EXPECT_EQ(taken["version"], 2);
    EXPECT_EQ(answer->version, 2);
    EXPECT_THAT(event_types(), ElementsAre("alert.acknowledged"));
    EXPECT_EQ(event_data("alert.acknowledged")["alert"]["id"], alert);
    EXPECT_EQ(event_data("alert.acknowledged")["conversation"]["id"], opened.str());
    EXPECT_EQ(look_one({"test_held", "SELECT round(extract(epoch FROM held_until - now())) FROM promise"}), "60")
        << "half of the promise's time";
    EXPECT_EQ(call(handle_acknowledge_alert, as_pekka_, alert).error().code, Errc::conflict);
    EXPECT_EQ(read(call(handle_get_alert, as_pekka_, alert)), taken);
}

TEST_F(Alerts, ThatAreOverAreNotTaken) {
    const auto opened = open();
    const auto alert = to_string(raise_alert(opened));
    ASSERT_TRUE(call(handle_waive, as_maija_, opened.str(), R"({"reason": "thanks"})").has_value());
    EXPECT_EQ(call(handle_acknowledge_alert, as_maija_, alert).error().code, Errc::conflict);
    EXPECT_EQ(look_one({"test_held", "SELECT held_until FROM promise"}), "null") << "nothing half-written";
}

TEST_F(Alerts, OfAReplyThatDidNotArriveHoldItsTimer) {
    const auto opened = open();
    const auto alert = to_string(raise_alert(opened));
    look({"test_undelivered", "UPDATE alert SET kind = 3, promise_id = NULL, subject_id = conversation_id"});
    look({"test_timer",
          "INSERT INTO timer (account_id, kind, subject_id, due_at) SELECT account_id, 1, subject_id, now() FROM "
          "alert"});
    ASSERT_TRUE(call(handle_acknowledge_alert, as_maija_, alert).has_value());
    EXPECT_EQ(look_one({"test_postponed", "SELECT round(extract(epoch FROM due_at - now()) / 60) FROM timer"}), "15");
}

TEST_F(Alerts, NeedAnAgentAndTheirOwnAccount) {
    const auto alert = to_string(raise_alert(open()));
    EXPECT_EQ(call(handle_acknowledge_alert, as_program_, alert).error().code, Errc::forbidden);
    const auto elsewhere = support::make_account(desk_.database, "Elsewhere");
    const auto stranger =
        support::make_agent_token(desk_.database, elsewhere, support::make_agent(desk_.database, elsewhere)).principal;
    EXPECT_EQ(call(handle_get_alert, stranger, alert).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_acknowledge_alert, stranger, alert).error().code, Errc::not_found);
    EXPECT_EQ(fetch(handle_list_alerts, stranger, "")->body, R"({"items":[],"next_cursor":null})");
    EXPECT_EQ(call(handle_get_alert, as_maija_, "x").error().code, Errc::not_found);
}

}  // namespace
}  // namespace lupaus::inbox
