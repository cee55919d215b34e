#include "services/desk/followup/followup.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/delivery/announce.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/revision/codec.hpp"
#include "services/desk/revision/store.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::desk::followup {

namespace {

template <class Value>
Result<Followup> wrap(Result<Value> parsed) {
    return parsed ? Result<Followup>(*std::move(parsed)) : Result<Followup>(parsed.error());
}

}  // namespace

std::optional<Result<Followup>> parse(const text::Json& body) {
    const auto found = body.is_object() ? body.find("type") : body.end();
    const auto type = found != body.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>())
                                                                : std::string_view();
    if (type == delivery::kReceiptType) {
        return wrap(delivery::parse_receipt(body));
    }
    if (revision::is_revision(type)) {
        return wrap(revision::parse_revision(body));
    }
    if (type == kTypingType) {
        return wrap(parse_typing(body));
    }
    return std::nullopt;
}

void place(Followup& followup, AccountId account, ChannelId channel) {
    const auto set = [&](auto& said) {
        said.account = account;
        said.channel = channel;
    };
    std::visit(set, followup);
}

std::string Applied::answer() const {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().field("status", is_news ? "noted" : "known");
    if (state) {
        json.field("state", delivery::word(*state));
    }
    json.end_object();
    return body;
}

Result<Applied> apply(Tx& tx, const Followup& followup, const event::Actor& actor, telemetry::Metrics& metrics) {
    if (const auto* receipt = std::get_if<delivery::Receipt>(&followup)) {
        const auto noted = delivery::note_receipt(tx, *receipt, actor, metrics);
        return noted ? Result<Applied>(Applied{.is_news = noted->is_news, .state = noted->delivery.state})
                     : Result<Applied>(noted.error());
    }
    if (const auto* typing = std::get_if<Typing>(&followup)) {
        return Applied{.is_news = tell_typing(tx, *typing)};
    }
    const auto effect = revision::apply(tx, std::get<revision::Revision>(followup), metrics);
    return effect ? Result<Applied>(Applied{.is_news = *effect == revision::Effect::applied})
                  : Result<Applied>(effect.error());
}

void announce(Wakeups& wakeups, const Applied& applied) {
    if (applied.is_news && applied.state) {
        delivery::announce_end(wakeups, *applied.state);
    } else if (applied.is_news) {
        wakeups.announce(Topic::event);
    }
}

}  // namespace lupaus::desk::followup
