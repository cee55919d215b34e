#include "services/inbox/cursor.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Messages : public ConversationTest {
protected:
    // 0 is the opening, then 1 to 6.
    void SetUp() override {
        opened_ = open({.text = "0", .ago = 100s});
        ids_.push_back(to_string(opened_.message));
        for (int i = 1; i <= 6; ++i) {
            ids_.push_back(to_string(write(opened_.id, std::to_string(i), std::chrono::seconds{100 - 10 * i})));
        }
    }

    text::Json page(const std::string& query) {
        const auto answer = fetch(handle_list_messages, as_maija_, query, opened_.str());
        EXPECT_TRUE(answer.has_value()) << answer.error().detail;
        return read(answer);
    }

    static std::string texts(const text::Json& page) {
        std::string found;
        for (const auto& item : page["items"]) {
            found += item["text"].get<std::string>();
        }
        return found;
    }

    std::string walk(const std::string& query, std::string more) {
        std::string found;
        auto next = query;
        for (;;) {
            const auto shown = page(next);
            found += texts(shown) + " ";
            if (shown["next_cursor"].is_null()) {
                return found;
            }
            next = more + "&cursor=" + shown["next_cursor"].get<std::string>();
        }
    }

    Opened opened_;
    std::vector<std::string> ids_;
};

TEST_F(Messages, AreReadOldestFirst) {
    EXPECT_EQ(texts(page("")), "0123456");
    EXPECT_EQ(walk("limit=3", "limit=3"), "012 345 6 ");
    EXPECT_TRUE(page("limit=7")["next_cursor"].is_null());
}

TEST_F(Messages, AreReadOnFromOne) {
    EXPECT_EQ(texts(page("after=" + ids_[4])), "56");
    EXPECT_EQ(walk("limit=2&after=" + ids_[1], "limit=2"), "23 45 6 ");
    EXPECT_EQ(texts(page("after=" + ids_[6])), "");
}

TEST_F(Messages, AreReadBackFromOneAndStayOldestFirst) {
    EXPECT_EQ(texts(page("before=" + ids_[3])), "012");
    EXPECT_EQ(walk("limit=2&before=" + ids_[5], "limit=2"), "34 12 0 ");
}

TEST_F(Messages, AreReadFromTheEnd) {
    EXPECT_EQ(texts(page("order=newest&limit=2")), "65");
    EXPECT_EQ(walk("order=newest&limit=3", "order=newest&limit=3"), "654 321 0 ");
    EXPECT_EQ(texts(page("order=oldest&limit=1")), "0");
}

TEST_F(Messages, AreOrderedByTheChannelsTime) {
    write(opened_.id, "late", 95s);  // told late, said early
    EXPECT_EQ(texts(page("")), "0late123456");
}

TEST_F(Messages, ShowTheirAuthorAndFields) {
    const auto item = page("limit=1")["items"][0];
    EXPECT_EQ(item["author"]["type"], "customer");
    EXPECT_EQ(item["direction"], "in");
    EXPECT_EQ(item["conversation_id"], opened_.str());
    EXPECT_TRUE(item["delivery_state"].is_null());
    EXPECT_THAT(item["attachments"], IsEmpty());
}

TEST_F(Messages, WrongQuestionsAreNamed) {
    const auto wrong = [&](const std::string& query) {
        return wrong_fields(fetch(handle_list_messages, as_maija_, query, opened_.str()));
    };
    const auto other = open();
    const auto cursor = page("limit=1")["next_cursor"].get<std::string>();
    EXPECT_EQ(wrong("before=x"), "before ");
    EXPECT_EQ(wrong("after=" + to_string(other.message)), "after ") << "of another conversation";
    EXPECT_EQ(wrong("after=" + ids_[1] + "&before=" + ids_[2]), "before ");
    EXPECT_EQ(wrong("after=" + ids_[1] + "&cursor=" + cursor), "after ");
    EXPECT_EQ(wrong("order=newest&after=" + ids_[1]), "after ");
    EXPECT_EQ(wrong("order=newest&cursor=" + cursor), "cursor ");
    EXPECT_EQ(wrong("order=random"), "order ");
    EXPECT_EQ(wrong("limit=101"), "limit ");
    EXPECT_EQ(wrong("cursor=" + encode_cursor("messages", {.key = "after", .id = MessageId::make().value})), "cursor ");
}

}  // namespace
}  // namespace lupaus::inbox
