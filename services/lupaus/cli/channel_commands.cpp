#include "common/net/url_guard.hpp"
#include "services/desk/channel/email_store.hpp"
#include "services/desk/channel/json.hpp"
#include "services/desk/channel/rules.hpp"
#include "services/desk/channel/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/channel_email.hpp"
#include "services/lupaus/cli/owner.hpp"

#include <algorithm>
#include <iterator>

namespace lupaus::cli {

namespace {

using desk::channel::Channel;

Channel read_channel(Arguments& arguments) {
    Channel channel;
    channel.account = arguments.optional_id<desk::AccountId>("account");
    channel.id = desk::ChannelId::make();
    channel.kind = arguments.optional_code("kind", {desk::channel::Kind::webhook, desk::channel::Kind::email})
                       .value_or(channel.kind);
    channel.name = arguments.text("name");
    channel.team = arguments.optional_id<desk::TeamId>("team");
    channel.skill = arguments.optional_text("skill");
    channel.weight =
        static_cast<int>(arguments.optional_integer("weight", 0, desk::channel::kWeightMax).value_or(channel.weight));
    channel.outbound_url = arguments.optional_text("outbound-url");
    if (channel.outbound_url) {
        if (const auto url = net::parse_url(*channel.outbound_url); !url) {
            arguments.fail("outbound-url", url.error().detail);
        }
    }
    return channel;
}

Result<std::string> add_channel(const Invocation& invocation) {
    auto channel = read_channel(invocation.arguments);
    const auto mail_secrets = read_email(invocation.arguments, channel);
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    if (!mail_secrets) {
        return mail_secrets.error();
    }
    const auto box = open_box(invocation);
    if (!box) {
        return box.error();
    }
    using Secrets = desk::channel::NewSecrets;
    const auto secrets =
        on_account(invocation, channel.account, [&](Tx& tx, desk::AccountId account) -> Result<Secrets> {
            channel.account = account;
            auto made = desk::channel::create(tx, **box, channel);
            if (made && channel.email) {
                if (auto put = desk::channel::put_email(tx, **box, channel, *mail_secrets); !put) {
                    return put.error();
                }
            }
            if (made) {
                tell(tx, "lupaus channel add", std::vector{describe("channel.created", channel, kOperator)});
            }
            return made;
        });
    if (!secrets) {
        return secrets.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", channel.id).field("path", desk::channel::hook_path(channel.kind, channel.id));
    json.field("secret", secrets->inbound);
    if (secrets->outbound) {
        json.field("outbound_secret", *secrets->outbound);
    }
    json.end_object();
    return answer;
}

void record_update(Tx& tx, const desk::channel::ChannelKey& key) {
    const auto channel = desk::channel::find(tx, key.account, key.id);
    tell(tx, "lupaus channel rotate", std::vector{describe("channel.updated", channel.value(), kOperator)});
}

Result<std::string> finish_rotation(const Invocation& invocation, desk::channel::ChannelKey key) {
    const auto finished = on_account(invocation, key.account, [&key](Tx& tx, desk::AccountId account) -> Result<void> {
        key.account = account;
        if (!desk::channel::finish_rotation(tx, key)) {
            return not_found("channel");
        }
        record_update(tx, key);
        return {};
    });
    if (!finished) {
        return finished.error();
    }
    std::string answer;
    text::JsonWriter(answer).begin_object().field("id", key.id).field("rotating", false).end_object();
    return answer;
}

Result<std::string> rotate_secret(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    desk::channel::ChannelKey key{.account = arguments.optional_id<desk::AccountId>("account"),
                                  .id = arguments.id<desk::ChannelId>("id")};
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    if (arguments.has("finish")) {
        return finish_rotation(invocation, key);
    }
    const auto box = open_box(invocation);
    if (!box) {
        return box.error();
    }
    const auto secret =
        on_account(invocation, key.account, [&](Tx& tx, desk::AccountId account) -> Result<std::string> {
            key.account = account;
            auto made = desk::channel::rotate(tx, **box, key);
            if (!made) {
                return not_found("channel");
            }
            record_update(tx, key);
            return *std::move(made);
        });
    if (!secret) {
        return secret.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", key.id).field("secret", *secret).field("rotating", true).end_object();
    return answer;
}

}  // namespace

std::vector<Command> channel_commands() {
    std::vector<Option> adding{kAccountOption,
                               {"kind", "webhook|email", "The platform", Need::required},
                               {"name", "NAME", "As agents see it", Need::required},
                               {"team", "ID", "Where its conversations begin"},
                               {"outbound-url", "URL", "Where replies are posted; without it they wait in the outbox"},
                               {"skill", "WORD", "What an agent must have for it"},
                               {"weight", "N", "What one conversation takes of an agent's capacity (1)"}};
    std::ranges::copy(email_options(), std::back_inserter(adding));
    return {
        {.path = "channel add",
         .help = "Make a channel; prints its id, its path and its secrets, which are never shown again",
         .options = std::move(adding),
         .run = add_channel},
        {.path = "channel rotate",
         .help = "Make a new secret; the old one stays valid until the next rotation or --finish",
         .options = {kAccountOption,
                     {"id", "ID", "The channel", Need::required},
                     {"finish", "", "End the rotation instead: only the newest secret stays valid", Need::flag}},
         .run = rotate_secret},
        send_command(),
    };
}

}  // namespace lupaus::cli
