#include "services/desk/event/rules.hpp"
#include "services/desk/webhook/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::webhook {
namespace {

event::Head head(std::string type) {
    event::Head made;
    made.seq = 1;
    made.id = EventId::make();
    made.type = std::move(type);
    made.token = TokenId::make();
    made.conversation = ConversationId::make();
    made.team = TeamId::make();
    made.channel = ChannelId::make();
    return made;
}

TEST(WebhookFilter, LetsEverythingThroughThatIsNotNarrowedDown) {
    EXPECT_TRUE(matches({}, head("message.created")));
    EXPECT_TRUE(matches({}, event::Head{})) << "what has no conversation, too";
}

TEST(WebhookFilter, TypesAreNamesOrBeginnings) {
    const Filter filter{.types = {"alert.*", "message.created"}, .teams = {}, .channels = {}, .token = {}};
    EXPECT_TRUE(matches(filter, head("alert.raised")));
    EXPECT_TRUE(matches(filter, head("message.created")));
    EXPECT_FALSE(matches(filter, head("message.delivery")));
    EXPECT_FALSE(matches(filter, head("alerts.raised")));
}

TEST(WebhookFilter, TeamsAndChannelsAreTheConversations) {
    const auto one = head("message.created");
    EXPECT_TRUE(matches({.types = {}, .teams = {TeamId::make(), one.team}, .channels = {}, .token = {}}, one));
    EXPECT_FALSE(matches({.types = {}, .teams = {TeamId::make()}, .channels = {}, .token = {}}, one));
    EXPECT_TRUE(matches({.types = {}, .teams = {}, .channels = {one.channel}, .token = {}}, one));
    EXPECT_FALSE(matches({.types = {}, .teams = {one.team}, .channels = {ChannelId::make()}, .token = {}}, one));
    EXPECT_FALSE(matches({.types = {}, .teams = {one.team}, .channels = {}, .token = {}}, event::Head{}))
        << "what belongs to no conversation belongs to no team";
}

TEST(WebhookFilter, LeavesOutWhatItsOwnTokenDid) {
    const auto one = head("message.created");
    Filter filter{.types = {}, .teams = {}, .channels = {}, .token = one.token, .exclude_own = true};
    EXPECT_FALSE(matches(filter, one));
    EXPECT_TRUE(matches(filter, head("message.created")));
    filter.exclude_own = false;
    EXPECT_TRUE(matches(filter, one));
    filter = {.types = {}, .teams = {}, .channels = {}, .token = {}, .exclude_own = true};
    EXPECT_TRUE(matches(filter, event::Head{})) << "no token of its own is nobody's, not the system's";
}

TEST(EventTypePattern, IsWhatCouldMatch) {
    for (const auto* good : {"message.created", "alert.*", "promise.due_soon"}) {
        EXPECT_TRUE(event::is_type_pattern(good)) << good;
    }
    for (const auto* bad : {"", "*", ".", "message", "message.", ".created", "message.*x", "Message.created",
                            "message.created.*", "message.created ", "a,b.c", "*.created"}) {
        EXPECT_FALSE(event::is_type_pattern(bad)) << bad;
    }
}

}  // namespace
}  // namespace lupaus::desk::webhook
