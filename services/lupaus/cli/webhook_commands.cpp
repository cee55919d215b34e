#include "common/base/limits.hpp"
#include "common/net/url_guard.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/event/rules.hpp"
#include "services/desk/webhook/json.hpp"
#include "services/desk/webhook/rules.hpp"
#include "services/desk/webhook/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

namespace lupaus::cli {

namespace {

using desk::webhook::Webhook;

void check_url(Arguments& arguments, std::string_view name, const std::string& given) {
    if (const auto url = net::parse_url(given); !url) {
        arguments.fail(name, url.error().detail);
    }
}

Webhook read_webhook(Arguments& arguments) {
    Webhook webhook;
    webhook.account = arguments.optional_id<desk::AccountId>("account");
    webhook.id = desk::WebhookId::make();
    webhook.url = arguments.text("url");
    check_url(arguments, "url", webhook.url);
    webhook.name = arguments.optional_text("name").value_or("");
    webhook.format = arguments.optional_code("format", {desk::webhook::Format::event, desk::webhook::Format::slack})
                         .value_or(webhook.format);
    webhook.link_url = arguments.optional_text("link-url");
    if (webhook.link_url) {
        check_url(arguments, "link-url", desk::webhook::fill_link(*webhook.link_url, "0", "0"));
    }
    webhook.filter.types = arguments.list("type");
    for (const auto& type : webhook.filter.types) {
        if (!desk::event::is_type_pattern(type)) {
            arguments.fail("type", "must be a type such as message.created or alert.*");
        }
    }
    webhook.filter.teams = arguments.ids<desk::TeamId>("team");
    webhook.filter.channels = arguments.ids<desk::ChannelId>("channel");
    webhook.filter.token = arguments.optional_id<desk::TokenId>("exclude-token");
    webhook.filter.exclude_own = !webhook.filter.token.is_nil();
    webhook.ordered = arguments.has("ordered");
    return webhook;
}

Result<std::string> add_webhook(const Invocation& invocation) {
    auto webhook = read_webhook(invocation.arguments);
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    const auto box = open_box(invocation);
    if (!box) {
        return box.error();
    }
    const auto secret =
        on_account(invocation, webhook.account, [&](Tx& tx, desk::AccountId account) -> Result<std::string> {
            webhook.account = account;
            auto made = desk::webhook::create(tx, **box, webhook);
            if (made) {
                tell(tx, "lupaus webhook add", std::vector{describe("webhook.created", webhook, kOperator)});
            }
            return made;
        });
    if (!secret) {
        return secret.error();
    }
    std::string answer;
    text::JsonWriter(answer).begin_object().field("id", webhook.id).field("secret", *secret).end_object();
    return answer;
}

Result<std::string> list_webhooks(const Invocation& invocation) {
    const auto named = invocation.arguments.optional_id<desk::AccountId>("account");
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    return on_account(invocation, named, [](Tx& tx, desk::AccountId account) -> Result<std::string> {
        const auto now = desk::database_now(tx);
        std::string answer;
        text::JsonWriter json(answer);
        json.begin_object().key("items").begin_array();
        for (const auto& row : desk::webhook::list(tx, account, std::nullopt, limits::kWebhooksMax)) {
            json.begin_object();
            write_fields(json, row.webhook);
            write_fields(json, row.progress, now);
            json.end_object();
        }
        json.end_array().end_object();
        return answer;
    });
}

}  // namespace

std::vector<Command> webhook_commands() {
    return {
        {.path = "webhook add",
         .help = "Tell a URL what happens from now on; prints its id and its secret, which is never shown again",
         .options = {kAccountOption,
                     {"url", "URL", "Where events are posted", Need::required},
                     {"name", "NAME", "What it is for"},
                     {"type", "TYPE", "Only these, as in message.created or alert.*", Need::repeated},
                     {"team", "ID", "Only conversations of these teams", Need::repeated},
                     {"channel", "ID", "Only conversations on these channels", Need::repeated},
                     {"exclude-token", "ID", "Not what this token did"},
                     {"ordered", "", "One event at a time about a conversation", Need::flag},
                     {"format", "event|slack", "Whole events, or lines for a chat (event)"},
                     {"link-url", "URL", "Where people open a conversation: …/{conversation_id}, for slack"}},
         .run = add_webhook},
        {.path = "webhook list",
         .help = "Print the webhooks of an account, how far they are and how they answer",
         .options = {kAccountOption},
         .run = list_webhooks},
    };
}

}  // namespace lupaus::cli
