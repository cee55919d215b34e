#include "services/lupaus/simulate/log.hpp"

#include "common/text/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::simulate {
namespace {

constexpr std::string_view kRun = "0190-run";

class SimulationLog : public ::testing::Test {
protected:
    void tell(const text::Json& event) { count_event(tally_, event, kRun); }

    void tell_message(const std::string& text, const std::string& direction = "in") {
        tell({{"type", "message.created"},
              {"message", {{"text", text}, {"direction", direction}, {"conversation_id", "c"}}}});
    }

    void tell_promise(const std::string& type, text::Json promise) {
        tell({{"type", type}, {"conversation", {{"id", "c"}}}, {"promise", std::move(promise)}});
    }

    text::Json summary() {
        return text::parse_json(tally_.summary(parse_rfc3339("2026-05-04T09:00:00Z").value())).value();
    }

    Tally tally_;
};

TEST_F(SimulationLog, AMessageIsKnownByItsMarkWhateverItsId) {
    const auto mark = make_mark(kRun, 7);
    tally_.accepted(mark);
    tell_message(with_mark("Is #7 ready? ", mark));
    EXPECT_EQ(summary()["lost"], 0);
    EXPECT_EQ(summary()["doubled"], 0);
    tell_message(with_mark("Is #7 ready? ", mark));
    EXPECT_EQ(summary()["doubled"], 1);
}

TEST_F(SimulationLog, WhatOthersWroteIsLeftAlone) {
    const auto mark = make_mark(kRun, 1);
    tally_.accepted(mark);
    tell_message("Hei!");
    tell_message(with_mark("Hei!", make_mark("another-run", 1)));
    tell_message(with_mark("As you wrote:", mark), "out");
    tell_message(with_mark("Hei!", make_mark(kRun, 11)));
    tell({{"type", "message.delivery"}, {"message", {{"text", with_mark("x", mark)}, {"direction", "in"}}}});
    tell({{"type", "agent.presence"}, {"agent", {{"id", "a"}}}});
    tell({{"type", "message.created"}});
    EXPECT_EQ(summary()["lost"], 1);
}

TEST_F(SimulationLog, FirstRepliesAreReadFromTheirPromises) {
    tell_message(with_mark("Hei!", make_mark(kRun, 1)));
    const auto promise = [](const char* id, const char* kind, text::Json more) {
        text::Json made{{"id", id}, {"kind", kind}, {"opened_at", "2026-05-04T08:00:00.000Z"}};
        made.update(more);
        return made;
    };
    for (const auto& [id, kind] : {std::pair("one", "first_reply"), std::pair("two", "first_reply"),
                                   std::pair("three", "first_reply"), std::pair("next", "next_reply")}) {
        tell_promise("promise.opened", promise(id, kind, {{"due_at", nullptr}}));
    }
    tell_promise("promise.overdue", promise("one", "first_reply", text::Json::object()));
    const auto settled = [](const char* outcome) {
        return text::Json{{"settled_at", "2026-05-04T08:00:01.500Z"}, {"outcome", outcome}};
    };
    tell_promise("promise.settled", promise("one", "first_reply", settled("late")));
    tell_promise("promise.settled", promise("two", "first_reply", settled("waived")));
    tell_promise("promise.settled", promise("next", "next_reply", settled("kept")));
    const auto times = summary()["first_reply_ms"];
    EXPECT_EQ(times["answered"], 1);
    EXPECT_EQ(times["still_waiting"], 1);
    EXPECT_EQ(times["p50"], 3'600'000) << "the upper of the two";
    EXPECT_EQ(times["more_than"], (text::Json{"p50", "p90", "p99"}));
}

}  // namespace
}  // namespace lupaus::simulate
