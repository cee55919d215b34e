#include "services/desk/channel/rules.hpp"
#include "services/desk/contact/rules.hpp"
#include "services/desk/policy/rules.hpp"
#include "services/desk/token/rules.hpp"
#include "services/inbox/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace lupaus::desk {
namespace {

using agent::Role;
using std::chrono::minutes;
using std::chrono::seconds;

std::string wrong_field(const Result<void>& result) {
    return result.has_error() ? result.error().fields.at(0).field : "";
}

TEST(PolicyRules, TheLadderFollowsFromTheTarget) {
    promise::Policy policy;
    ASSERT_TRUE(
        policy::set_times(policy, {.target = minutes{10}, .warn_lead = {}, .leads_after = {}, .account_after = {}}));
    EXPECT_EQ(policy.leads_after, minutes{5});
    EXPECT_EQ(policy.account_after, minutes{10});
    EXPECT_FALSE(policy.warn_lead);
    ASSERT_TRUE(policy::set_times(
        policy, {.target = minutes{10}, .warn_lead = {}, .leads_after = minutes{30}, .account_after = {}}));
    EXPECT_EQ(policy.account_after, minutes{30}) << "never before the leads";
}

TEST(PolicyRules, TimesMustBeInOrder) {
    promise::Policy policy;
    const auto set = [&policy](policy::Times times) { return wrong_field(policy::set_times(policy, times)); };
    EXPECT_EQ(set({.target = seconds{0}, .warn_lead = {}, .leads_after = {}, .account_after = {}}), "/target_s");
    EXPECT_EQ(set({.target = policy::kTargetMax, .warn_lead = {}, .leads_after = {}, .account_after = {}}), "");
    EXPECT_EQ(set({.target = policy::kTargetMax + seconds{1}, .warn_lead = {}, .leads_after = {}, .account_after = {}}),
              "/target_s");
    EXPECT_EQ(set({.target = minutes{1}, .warn_lead = minutes{1}, .leads_after = {}, .account_after = {}}),
              "/warn_lead_s");
    EXPECT_EQ(set({.target = minutes{1}, .warn_lead = {}, .leads_after = minutes{2}, .account_after = minutes{1}}),
              "/account_after_s");
    EXPECT_EQ(set({.target = minutes{1}, .warn_lead = {}, .leads_after = seconds{-1}, .account_after = {}}),
              "/leads_after_s");
    policy.kind = promise::Kind::resolution;
    EXPECT_EQ(set({.target = minutes{1}, .warn_lead = {}, .leads_after = {}, .account_after = {}}), "/kind");
}

TEST(TokenRules, ADraftIsAnAgentsOrHasARoleOfItsOwn) {
    token::Token draft;
    EXPECT_EQ(wrong_field(token::check_draft(draft)), "/role");
    draft.agent = AgentId::make();
    EXPECT_TRUE(token::check_draft(draft));
    draft.scopes = {"agents:read"};
    EXPECT_EQ(wrong_field(token::check_draft(draft)), "/scopes");
    draft.agent = {};
    draft.role = Role::admin;
    EXPECT_EQ(wrong_field(token::check_draft(draft)), "/scopes");
    draft.role = Role::integrator;
    EXPECT_TRUE(token::check_draft(draft));
    draft.scopes = {"agents:read", "everything"};
    EXPECT_EQ(wrong_field(token::check_draft(draft)), "/scopes");
    draft.scopes.clear();
    EXPECT_EQ(wrong_field(token::check_draft(draft)), "/scopes");
}

TEST(TokenRules, NobodyHandsOutMoreThanTheyHave) {
    token::Token integrators;
    integrators.role = Role::integrator;
    integrators.scopes = {"agents:read"};
    token::Token admins;
    admins.role = Role::admin;
    token::Token agents;
    agents.agent = AgentId::make();
    token::Principal issuer;
    issuer.role = Role::admin;
    for (const auto& draft : {integrators, admins, agents}) {
        EXPECT_TRUE(token::check_issuer(issuer, draft));
    }
    issuer.role = Role::lead;
    for (const auto& draft : {integrators, admins, agents}) {
        EXPECT_TRUE(token::check_issuer(issuer, draft).has_error());
    }
    issuer.role = Role::integrator;
    issuer.scopes = {"tokens:write", "agents:read"};
    EXPECT_TRUE(token::check_issuer(issuer, integrators));
    EXPECT_TRUE(token::check_issuer(issuer, admins).has_error());
    EXPECT_TRUE(token::check_issuer(issuer, agents).has_error());
    integrators.scopes.push_back("channels:write");
    EXPECT_TRUE(token::check_issuer(issuer, integrators).has_error());
}

TEST(TokenRules, TheRoutesAskForScopesThatExist) {
    std::set<std::string_view> asked{"messages:act_as"};  // asked for by a field of a reply, not by a route
    for (const auto& endpoint : inbox::endpoints()) {
        EXPECT_TRUE(token::is_scope(endpoint.scope)) << endpoint.pattern << ": " << endpoint.scope;
        asked.insert(endpoint.scope);
    }
    for (const auto scope : token::kScopes) {
        EXPECT_TRUE(asked.contains(scope)) << scope << " allows nothing";
    }
}

TEST(TokenRules, ABotHasTheScopeAndNotEnded) {
    const Timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
    token::Token one;
    one.scopes = {"messages:write"};
    EXPECT_FALSE(token::is_bot(one));
    one.scopes.push_back("bot");
    EXPECT_TRUE(token::is_bot(one));
    EXPECT_FALSE(token::has_ended(one, now));
    one.expires_at = now + std::chrono::seconds{1};
    EXPECT_FALSE(token::has_ended(one, now));
    one.expires_at = now;
    EXPECT_TRUE(token::has_ended(one, now));
    one.expires_at.reset();
    one.revoked_at = now;
    EXPECT_TRUE(token::has_ended(one, now));
}

TEST(ContactRules, CatchSlipsOfTheKeyboard) {
    for (const auto* good : {"a@b", "aino.k+shop@home.example", "\xC3\xA4iti@home.example"}) {
        EXPECT_TRUE(contact::is_email(good)) << good;
    }
    for (const auto* bad :
         {"", "aino", "@home.example", "aino@", "a@b@c", "aino @home.example", "aino@home.example\n"}) {
        EXPECT_FALSE(contact::is_email(bad)) << bad;
    }
    EXPECT_TRUE(contact::is_email("a@" + std::string(252, 'b')));
    EXPECT_FALSE(contact::is_email("a@" + std::string(253, 'b')));
    EXPECT_EQ(contact::normal_email("Aino@Home.EXAMPLE"), "aino@home.example");
}

TEST(ContactRules, OneTakesWhatItLacksOfTheOther) {
    contact::Contact source;
    source.name = "aino87";
    source.email = "aino@home.example";
    source.phone = "2";
    source.external_id = "crm-1";
    source.blocked_at = Timestamp{} + minutes{1};
    contact::Contact target;
    target.name = "Aino V.";
    target.phone = "1";
    contact::take_in(target, source);
    EXPECT_EQ(target.name, "Aino V.");
    EXPECT_EQ(target.email, "aino@home.example");
    EXPECT_EQ(target.phone, "1");
    EXPECT_EQ(target.external_id, "crm-1");
    EXPECT_EQ(target.blocked_at, source.blocked_at) << "whoever was blocked stays blocked";
    contact::Contact blank;
    contact::take_in(target, blank);
    EXPECT_TRUE(target.blocked_at);
    EXPECT_EQ(target.external_id, "crm-1");
}

TEST(ChannelRules, APathNamesKindAndChannel) {
    const auto id = ChannelId::make();
    EXPECT_EQ(channel::hook_path(channel::Kind::webhook, id), "/hooks/webhook/" + to_string(id));
    EXPECT_EQ(channel::hook_path(channel::Kind::email, id), "/hooks/email/" + to_string(id));
}

TEST(ChannelRules, AnAddressOfItsOwnIsPlain) {
    for (const auto* good :
         {"a@b", "support@shop.example", "Support+shop@Shop.Example", "a.b-c_d!#$%&'*/=?^`{|}~@x.y"}) {
        EXPECT_TRUE(channel::is_mail_address(good)) << good;
    }
    for (const auto* bad : {"",
                            "@",
                            "a@",
                            "@b",
                            "a",
                            "a@b@c",
                            "a b@c",
                            "\"a b\"@c",
                            "a@b c",
                            ".a@b",
                            "a.@b",
                            "a..b@c",
                            "a@.b",
                            "a@b.",
                            "a@b..c",
                            "<a@b>",
                            "a@[127.0.0.1]",
                            "\xc3\xa4@b",
                            "a@b\r\nBcc: c@d",
                            "a,b@c",
                            "a;b@c"}) {
        EXPECT_FALSE(channel::is_mail_address(bad)) << bad;
    }
    EXPECT_TRUE(channel::is_mail_address(std::string(64, 'a') + "@b"));
    EXPECT_FALSE(channel::is_mail_address(std::string(65, 'a') + "@b"));
    EXPECT_FALSE(channel::is_mail_address("a@" + std::string(253, 'b')));
}

TEST(ChannelRules, NoSecretLeavesInClear) {
    const channel::MailServer open{
        .host = "mail.example.org", .port = 25, .security = channel::Security::none, .user = "u", .has_password = true};
    EXPECT_NE(channel::exposes_secret(open, false), "");
    auto relay = open;
    relay.has_password = false;
    EXPECT_NE(channel::exposes_secret(relay, true), "") << "a token is one too";
    relay.user.clear();
    EXPECT_EQ(channel::exposes_secret(relay, true), "") << "a relay that asks for nothing";
    for (const auto security : {channel::Security::tls, channel::Security::starttls}) {
        auto sealed = open;
        sealed.security = security;
        EXPECT_EQ(channel::exposes_secret(sealed, false), "");
    }
    for (const auto* host : {"127.0.0.1.evil.example", "localhost.evil.example", "128.0.0.1", "::2"}) {
        EXPECT_FALSE(channel::is_this_machine(host)) << host;
    }
    for (const auto* host : {"localhost", "127.0.0.1", "127.8.8.8", "::1"}) {
        auto near = open;
        near.host = host;
        EXPECT_EQ(channel::exposes_secret(near, false), "") << host;
    }
}

}  // namespace
}  // namespace lupaus::desk
