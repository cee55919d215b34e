// Opening hours as they are set up, and what a policy makes of them.
#include "services/inbox/admin.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

class HoursEndpoints : public ::testing::Test {
protected:
    Result<Answer> call(Handle handle, const std::string& body, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = admin_, .body = body, .id = id});
    }

    std::string make(const std::string& week, const std::string& name = "Office",
                     const std::string& zone = "Europe/Helsinki") {
        const auto body = R"({"name": ")" + name + R"(", "zone": ")" + zone + R"(", "week": )" + week + "}";
        return read(call(handle_create_hours, body))["id"].get<std::string>();
    }

    std::string wrong(const std::string& body) { return wrong_fields(call(handle_create_hours, body)); }

    std::string wrong_week(const std::string& week) {
        return wrong(R"({"name": "Office", "zone": "UTC", "week": )" + week + "}");
    }

    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    desk::token::Principal admin_ = support::make_admin_token(desk_.database, account_).principal;
};

constexpr auto kWeek =
    R"({"mon": [["13:00", "17:00"], ["09:00", "12:00"]], "sun": [["22:00", "02:00"], ["00:00", "24:00"]]})";
constexpr auto kNineToFive = R"({"mon": [["09:00", "17:00"]]})";

TEST_F(HoursEndpoints, AreReadAsTheyWereWritten) {
    const auto week =
        R"({"mon": [["13:00", "17:00"], ["09:00", "12:00"]], "sat": [["22:00", "02:00"]], "sun": [["12:00", "00:00"]]})";
    const auto body =
        R"({"name": "Office", "zone": "Europe/Helsinki", "holidays": ["2026-12-25", "2026-12-24", "2026-12-25"], "week": )" +
        std::string(week) + "}";
    const auto made = call(handle_create_hours, body);
    const auto shown = read(made);
    EXPECT_EQ(made->version, 1);
    EXPECT_EQ(shown["zone"], "Europe/Helsinki");
    EXPECT_EQ(shown["week"]["mon"].dump(), R"([["09:00","12:00"],["13:00","17:00"]])");
    EXPECT_EQ(shown["week"]["tue"].dump(), "[]");
    EXPECT_EQ(shown["week"]["sat"].dump(), R"([["22:00","02:00"]])");
    EXPECT_EQ(shown["week"]["sun"].dump(), R"([["12:00","24:00"]])");
    EXPECT_EQ(shown["holidays"].dump(), R"(["2026-12-24","2026-12-25"])");
    const auto id = shown["id"].get<std::string>();
    EXPECT_EQ(read(call(handle_get_hours, "{}", id)), shown);
    EXPECT_EQ(read(call(handle_list_hours, "{}"))["items"][0], shown);
}

TEST_F(HoursEndpoints, EditsReplaceWhatTheyName) {
    const auto id = make(kNineToFive);
    const auto changed = call(handle_edit_hours, R"({"holidays": ["2027-01-01"]})", id);
    EXPECT_EQ(changed->version, 2);
    EXPECT_EQ(read(changed)["week"]["mon"].dump(), R"([["09:00","17:00"]])");
    EXPECT_EQ(read(call(handle_edit_hours, R"({"week": {"tue": [["08:00", "09:00"]]}})", id))["week"]["mon"].dump(),
              "[]");
    EXPECT_EQ(wrong_fields(call(handle_edit_hours, R"({"week": {}})", id)), "/week ");
    EXPECT_EQ(wrong_fields(call(handle_edit_hours, R"({"week": null})", id)), "/week ");
}

TEST_F(HoursEndpoints, RefuseWhatIsNoWeek) {
    EXPECT_EQ(wrong_week("{}"), "/week ") << "a week in which nothing is open";
    EXPECT_EQ(wrong_week(R"({"mon": []})"), "/week ");
    EXPECT_EQ(wrong_week(kWeek), "/week ") << "overlapping";
    EXPECT_EQ(wrong_week(R"({"mon": [["09:00", "09:00"]]})"), "/week/mon ");
    EXPECT_EQ(wrong_week(R"({"mon": [["9:00", "17:00"]]})"), "/week/mon ");
    EXPECT_EQ(wrong_week(R"({"mon": [["24:00", "01:00"]]})"), "/week/mon ");
    EXPECT_EQ(wrong_week(R"({"mon": [["09:00"]]})"), "/week/mon ");
    EXPECT_EQ(wrong_week(R"({"mon": "09:00-17:00"})"), "/week/mon ");
    EXPECT_EQ(wrong_week(R"({"monday": [["09:00", "17:00"]]})"), "/week/monday ");
    EXPECT_EQ(wrong_week("5"), "/week ");
    std::string many;
    for (int hour = 0; hour < 11; ++hour) {
        const auto two = (hour < 10 ? "0" : "") + std::to_string(hour);
        many += (many.empty() ? "" : ",") + (R"([")" + two + R"(:00",")" + two + R"(:30"])");
    }
    EXPECT_EQ(wrong_week(R"({"mon": [)" + many + "]}"), "/week/mon ");
}

TEST_F(HoursEndpoints, RefuseWhatIsNoZoneAndNoDate) {
    const auto week = std::string(R"(, "week": )") + kNineToFive;
    EXPECT_EQ(wrong(R"({"name": "Office", "zone": "Europe/Turku")" + week + "}"), "/zone ");
    EXPECT_EQ(wrong(R"({"name": "Office")" + week + "}"), "/zone ");
    EXPECT_EQ(wrong(R"({"name": "Office", "zone": "UTC"})"), "/week ");
    EXPECT_EQ(wrong(R"({"name": "Office", "zone": "UTC", "holidays": ["24.12.2026"])" + week + "}"), "/holidays ");
    EXPECT_EQ(wrong(R"({"name": "Office", "zone": "UTC", "colour": "red")" + week + "}"), "/colour ");
}

TEST_F(HoursEndpoints, HaveANameOfTheirOwn) {
    make(kNineToFive, "Office");
    const auto again =
        call(handle_create_hours, R"({"name": "Office", "zone": "UTC", "week": )" + std::string(kNineToFive) + "}");
    EXPECT_EQ(again.error().code, Errc::conflict);
    const auto other = make(kNineToFive, "Nights");
    EXPECT_EQ(call(handle_edit_hours, R"({"name": "Office"})", other).error().code, Errc::conflict);
    EXPECT_EQ(call(handle_edit_hours, R"({"name": "Nights"})", other)->version, 2);
}

TEST_F(HoursEndpoints, APolicyNamesThemAndKeepsThem) {
    const auto id = make(kNineToFive);
    const auto policy =
        read(call(handle_create_policy, R"({"kind": "first_reply", "target_s": 60, "hours_id": ")" + id + R"("})"));
    EXPECT_EQ(policy["hours_id"], id);
    EXPECT_EQ(call(handle_delete_hours, "{}", id).error().code, Errc::conflict);
    const auto policy_id = policy["id"].get<std::string>();
    EXPECT_EQ(read(call(handle_edit_policy, R"({"target_s": 90})", policy_id))["hours_id"], id)
        << "what is absent stays";
    EXPECT_TRUE(read(call(handle_edit_policy, R"({"hours_id": null})", policy_id))["hours_id"].is_null());
    EXPECT_EQ(call(handle_delete_hours, "{}", id)->status, 204);
    EXPECT_EQ(call(handle_get_hours, "{}", id).error().code, Errc::not_found);
    EXPECT_EQ(read(call(handle_list_hours, "{}"))["items"].size(), 0U);
    EXPECT_EQ(wrong_fields(call(handle_edit_policy, R"({"hours_id": ")" + id + R"("})", policy_id)), "/hours_id ");
    make(kNineToFive, "Office");
}

TEST_F(HoursEndpoints, OfAnotherAccountAreUnknown) {
    const auto other = support::make_account(desk_.database, "Other desk");
    const auto id = to_string(support::make_hours(desk_.database, other, {{.open = 540, .close = 1020}}));
    EXPECT_EQ(call(handle_get_hours, "{}", id).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_edit_hours, R"({"name": "Ours"})", id).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_delete_hours, "{}", id).error().code, Errc::not_found);
    EXPECT_EQ(wrong_fields(call(handle_create_policy,
                                R"({"kind": "first_reply", "target_s": 60, "hours_id": ")" + id + R"("})")),
              "/hours_id ");
}

TEST_F(HoursEndpoints, AreListedByNameAPageAtATime) {
    for (const auto* name : {"Nights", "Office", "Weekend"}) {
        make(kNineToFive, name);
    }
    const auto first = read(ask(desk_, handle_list_hours, {.principal = admin_, .query = "limit=2"}));
    EXPECT_EQ(first["items"][1]["name"], "Office");
    const auto cursor = first["next_cursor"].get<std::string>();
    const auto second = read(ask(desk_, handle_list_hours, {.principal = admin_, .query = "limit=2&cursor=" + cursor}));
    EXPECT_EQ(second["items"][0]["name"], "Weekend");
    EXPECT_TRUE(second["next_cursor"].is_null());
}

}  // namespace
}  // namespace lupaus::inbox
