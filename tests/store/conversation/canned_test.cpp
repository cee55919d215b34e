// Canned replies through the API's handlers.
#include "services/inbox/canned.hpp"

#include "services/inbox/conversations.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;

class CannedReplies : public ConversationTest {
protected:
    std::string make(const std::string& shortcut, const std::string& text = "Hei!", const std::string& team = "null") {
        const auto body = R"({"shortcut":")" + shortcut + R"(","text":")" + text + R"(","team_id":)" + team + "}";
        return read(call(handle_create_canned, as_lead_, "", body)).at("id").get<std::string>();
    }

    std::vector<std::string> list(const std::string& query) {
        std::vector<std::string> shortcuts;
        const auto page = read(fetch(handle_list_canned, as_maija_, query));
        for (const auto& item : page["items"]) {
            shortcuts.push_back(item["shortcut"].get<std::string>());
        }
        cursor_ = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
        return shortcuts;
    }

    static std::string quoted(TeamId team) { return "\"" + to_string(team) + "\""; }

    std::string cursor_;
};

TEST_F(CannedReplies, FillInTheirVariables) {
    const auto opened = open();
    call(handle_edit_conversation, as_maija_, opened.str(), R"({"subject":"Bicycle"})").value();
    const auto canned = make("all",
                             "{{contact.name}} {{agent.name}} {{team.name}} {{channel.name}} {{conversation.subject}} "
                             "{{conversation.number}}");
    net::Request request;
    request.params = {{"id", opened.str()}, {"canned_id", canned}};
    const text::Json body;
    const Call render{.desk = desk_.context, .principal = as_maija_, .request = request, .body = body};
    const auto shown = desk_.database.as_app(account_, [&](Tx& tx) { return handle_render_canned(tx, render); });
    const auto channel = look_one({"test_channel_name", "SELECT name FROM channel WHERE account_id = $1"},
                                  pqxx::params{to_string(account_)});
    EXPECT_EQ(read(shown)["text"], "Aino " + as_maija_.agent_name + " Support " + channel + " Bicycle " +
                                       std::to_string(load(opened.id).number));
}

TEST_F(CannedReplies, ATeamSeesItsOwnAndEverybodysPageByPage) {
    make("b", "Hei!", quoted(team_));
    make("a");
    make("c", "Hei!", quoted(sales_));
    make("d");
    EXPECT_THAT(list("team_id=" + to_string(team_)), ElementsAre("a", "b", "d"));
    EXPECT_THAT(list("limit=3"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(list("limit=3&cursor=" + cursor_), ElementsAre("d"));
    EXPECT_EQ(cursor_, "");
}

TEST_F(CannedReplies, AnEditChangesWhatItNames) {
    const auto id = make("hello", "Hei!", quoted(team_));
    make("taken");
    const auto edited = read(call(handle_edit_canned, as_lead_, id, R"({"shortcut":"hello","text":"Moi!"})"));
    EXPECT_EQ(edited["text"], "Moi!");
    EXPECT_EQ(edited["team_id"], to_string(team_));
    EXPECT_EQ(edited["version"], 2);
    EXPECT_EQ(read(call(handle_get_canned, as_maija_, id))["version"], 2);
    EXPECT_EQ(call(handle_edit_canned, as_lead_, id, R"({"shortcut":"taken"})").error().code, Errc::conflict);
    EXPECT_EQ(wrong_fields(call(handle_edit_canned, as_lead_, id, R"({"shortcut":"Hello"})")), "/shortcut ");
    EXPECT_TRUE(read(call(handle_edit_canned, as_lead_, id, R"({"team_id":null})"))["team_id"].is_null());
}

}  // namespace
}  // namespace lupaus::inbox
