// The view of what is no person's words to the desk, over all conversations.
#include "services/inbox/verdict_list.hpp"

#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Query kJudge{
    "test_judge_message",
    "UPDATE message SET verdict = $2, verdict_rule = $3, created_at = clock_timestamp() - $4::interval WHERE id = $1"};

class VerdictList : public ConversationTest {
protected:
    MessageId judged(const std::string& verdict, const std::string& rule, const std::string& ago = "0") {
        const auto message = open().message;
        look(kJudge, pqxx::params{to_string(message), verdict, rule, ago});
        return message;
    }

    std::vector<std::string> listed(const std::string& query = "") {
        std::vector<std::string> ids;
        const auto page = read(fetch(handle_list_verdicts, as_maija_, query));
        for (const auto& item : page["items"]) {
            ids.push_back(item["message"]["id"].get<std::string>());
        }
        return ids;
    }

    std::string days(const std::string& query = "") {
        std::string all;
        const auto counted = read(fetch(handle_count_verdict_days, as_maija_, query));
        for (const auto& item : counted["items"]) {
            all += item["rule"].get<std::string>() + " " + item["count"].dump() + "; ";
        }
        return all;
    }
};

TEST_F(VerdictList, ShowsMachinesTheNewestFirst) {
    open();
    const auto older = judged("1", "mail.bounce", "2 hours");
    const auto newer = judged("1", "mail.auto_submitted", "1 hour");
    const auto spam = judged("0", "mail.spam_flag");
    EXPECT_THAT(listed(), ElementsAre(to_string(newer), to_string(older)));
    EXPECT_THAT(listed("verdict=spam"), ElementsAre(to_string(spam)));
    EXPECT_THAT(listed("verdict=blocked"), IsEmpty());
    const auto first = read(fetch(handle_list_verdicts, as_maija_, "limit=1"));
    EXPECT_EQ(first["items"][0]["message"]["verdict_rule"], "mail.auto_submitted");
    const auto rest = "limit=1&cursor=" + first["next_cursor"].get<std::string>();
    EXPECT_THAT(listed(rest), ElementsAre(to_string(older)));
}

TEST_F(VerdictList, CountsThemByDayAndRule) {
    judged("1", "mail.bounce");
    judged("1", "mail.bounce");
    judged("1", "mail.auto_submitted");
    judged("1", "mail.bounce", "25 hours");
    judged("1", "mail.bounce", "40 days");
    judged("0", "mail.spam_flag");
    EXPECT_EQ(days(), "mail.bounce 2; mail.auto_submitted 1; mail.bounce 1; ");
    EXPECT_EQ(days("verdict=spam"), "mail.spam_flag 1; ");
}

TEST_F(VerdictList, CountsThirtyDaysAndToday) {
    judged("1", "mail.bounce", "29 days");
    judged("1", "mail.report", "30 days");
    EXPECT_EQ(days(), "mail.bounce 1; ");
}

TEST_F(VerdictList, WrongQuestionsAreRefused) {
    EXPECT_EQ(wrong_fields(fetch(handle_list_verdicts, as_maija_, "verdict=ham")), "verdict ");
    EXPECT_EQ(wrong_fields(fetch(handle_count_verdict_days, as_maija_, "verdict=")), "verdict ");
    EXPECT_EQ(wrong_fields(fetch(handle_count_verdict_days, as_maija_, "limit=1")), "limit ");
}

}  // namespace
}  // namespace lupaus::inbox
