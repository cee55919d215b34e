#include "tests/store/delivery/outbox_fixture.hpp"

#include "services/desk/delivery/json.hpp"

namespace lupaus::desk::delivery {

namespace {

constexpr Query kInsertReply{"test_insert_reply", R"(
    WITH c AS (
        INSERT INTO conversation (account_id, id, number, contact_id, channel_id, last_message_at, created_at)
        SELECT $1, $2, count(*) + 1, $3, $4, clock_timestamp(), clock_timestamp() FROM conversation WHERE account_id = $1
    ), p AS (
        INSERT INTO promise (account_id, id, conversation_id, kind, channel_id, waiting_since, opened_at, due_at, settled_at,
                             outcome, settled_message_id)
        VALUES ($1, $5, $2, 0, $4, clock_timestamp() - interval '1 minute', clock_timestamp() - interval '1 minute',
                clock_timestamp() + interval '1 minute', clock_timestamp(), 0, $6)
    ), a AS (
        INSERT INTO address (account_id, channel_id, address, contact_id) VALUES ($1, $4, $3::text, $3)
    )
    INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, text,
                         delivery_state, settled_id, created_at)
    VALUES ($1, $6, $2, nextval('arrival_seq'), clock_timestamp(), 1, 0, 1, $7, 'Hei!', 0, $5, clock_timestamp())
    RETURNING 1)"};
constexpr Query kExpire{"test_expire",
                        "UPDATE delivery SET due_at = clock_timestamp() - interval '1 second', leased_until = "
                        "clock_timestamp() - interval '1 second' WHERE state = 1"};
constexpr Query kSetKind{"test_set_kind", "UPDATE channel SET kind = $2 WHERE id = $1"};

}  // namespace

ChannelId OutboxFixture::add_channel(const std::optional<std::string>& url, channel::Kind kind) {
    const auto channel = support::make_channel(database, account, {.outbound_url = url});
    run(kSetKind, pqxx::params{to_string(channel.id), static_cast<int>(kind)});
    return channel.id;
}

Reply OutboxFixture::add_reply_to(AccountId owner, ChannelId channel) {
    Reply reply{.delivery = {}, .conversation = ConversationId::make(), .promise = PromiseId::make()};
    const auto message = MessageId::make();
    const auto contact = ContactId::make();
    reply.delivery = database.as_app(owner, [&](Tx& tx) {
        tx.exec(kInsertReply,
                pqxx::params{to_string(owner), to_string(reply.conversation), to_string(contact), to_string(channel),
                             to_string(reply.promise), to_string(message), to_string(agent)});
        const auto address = find_address(tx, owner, channel, contact);
        const Outbound outbound{.message = message,
                                .conversation = reply.conversation,
                                .conversation_number = 1,
                                .thread_id = {},
                                .contact = contact,
                                .address = address,
                                .text = "Hei! \xC3\xA4\xC3\xB6",
                                .html = {},
                                .attachments = {},
                                .agent = agent,
                                .agent_name = "Eeva",
                                .created_at = system_now(),
                                .in_reply_to = {}};
        return enqueue(tx, {.account = owner,
                            .channel = channel,
                            .conversation = reply.conversation,
                            .message = message,
                            .author = agent,
                            .body = outbound_body(outbound)});
    });
    return reply;
}

Claim OutboxFixture::claim(const ClaimOptions& options) {
    const auto work = [&options](Tx& tx) { return delivery::claim(tx, options); };
    return database.worker().run_blocking(Scope::queues(), work);
}

bool OutboxFixture::conclude(const Delivery& delivery, const Step& step, std::optional<int> status,
                             std::optional<std::string> external_id) {
    return database.as_worker({delivery.account}, [&](Tx& tx) {
        return delivery::conclude(tx,
                                  {.account = delivery.account,
                                   .delivery = delivery.id,
                                   .attempt = delivery.attempt,
                                   .step = step,
                                   .status = status,
                                   .external_id = external_id},
                                  metrics);
    });
}

void OutboxFixture::expire_leases() {
    run(kExpire);
}

Delivery OutboxFixture::read(const Reply& reply) {
    return database
        .as_app(reply.delivery.account, [&](Tx& tx) { return find(tx, reply.delivery.account, reply.delivery.id); })
        .value();
}

double OutboxFixture::settled_count(const std::string& outcome) {
    const telemetry::Labels labels{{"kind", "first_reply"}, {"outcome", outcome}};
    return metrics.counter("lupaus_promises_settled_total", "Promises that ended, by how they ended.", labels).value();
}

std::string OutboxFixture::ask(const Query& query, const pqxx::params& params) {
    return database.as_owner([&](Tx& tx) -> std::string {
        const auto rows = tx.exec(query, params);
        return rows.empty() || rows.at(0, 0).is_null() ? "NULL" : rows.at(0, 0).as<std::string>();
    });
}

}  // namespace lupaus::desk::delivery
