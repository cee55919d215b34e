// A desk where customers wait and agents answer, as the API does it: the conversation locked, the promise settled, the
// reply stored.
#pragma once

#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/promise/store.hpp"
#include "tests/store/router/routing_fixture.hpp"

#include <future>

namespace lupaus::desk::promise {

using namespace std::chrono_literals;
using conversation::Conversation;
using router::Saying;

class LedgerFixture : public router::RoutingFixture {
protected:
    struct Answered {
        std::optional<Settled> settled;
        MessageId message;
    };

    Answered answer(ConversationId id, conversation::State then = conversation::State::open) {
        return database.as_app(account, [&](Tx& tx) {
            auto c = conversation::lock_one(tx, {.account = account, .id = id}).value();
            Answered answered{.settled = {}, .message = MessageId::make()};
            answered.settled = settle(tx, c, Ending::replied, answered.message);
            message::Message reply;
            reply.account = account;
            reply.id = answered.message;
            reply.conversation = id;
            reply.ordered_at = system_now();
            reply.direction = message::Direction::out;
            reply.author.type = message::AuthorType::agent;
            reply.settled = answered.settled ? answered.settled->promise.id : PromiseId{};
            reply.created_at = system_now();
            message::insert(tx, std::span(&reply, 1));
            c.state = then;
            c.resolved_at = then == conversation::State::resolved ? std::optional(system_now()) : std::nullopt;
            c.snoozed_until = then == conversation::State::snoozed ? std::optional(system_now() + 24h) : std::nullopt;
            conversation::end_wait(c, answered.settled ? answered.settled->next : std::nullopt);
            ++c.version;
            conversation::update(tx, std::span(&c, 1));
            return answered;
        });
    }

    std::optional<Settled> settle(Tx& tx, const Conversation& c, Ending ending, MessageId message = {}) {
        return settle_reply(tx, {.account = account,
                                 .conversation = c.id,
                                 .ending = ending,
                                 .agent = agent,
                                 .team = c.team,
                                 .message = message});
    }

    std::optional<Settled> end(ConversationId id, Ending ending) {
        return database.as_app(account, [&](Tx& tx) {
            const auto c = conversation::lock_one(tx, {.account = account, .id = id}).value();
            return settle(tx, c, ending);
        });
    }

    std::optional<Reopened> refuse(MessageId message) {
        return database.as_worker({account}, [&](Tx& tx) { return reopen_undelivered(tx, account, message); });
    }

    // The row of a promise in the words of a test.
    std::string promise_row(PromiseId id, const std::string& columns) {
        return ask_about("SELECT concat_ws(' ', " + columns + ") FROM promise WHERE id = $1", id.value);
    }

    AgentId agent = AgentId::make();  // who answers; no row is needed for that
};

}  // namespace lupaus::desk::promise
