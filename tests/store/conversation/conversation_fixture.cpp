#include "tests/store/conversation/conversation_fixture.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/promise/store.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

namespace lupaus::inbox {

using desk::promise::Promise;

namespace {

constexpr Query kArrive{"test_arrive", "SELECT nextval('arrival_seq')"};
constexpr Query kMakeContact{"test_make_contact",
                             "INSERT INTO contact (account_id, id, name, created_at) VALUES ($1, $2, 'Aino', now())"};
constexpr Query kMakeAddress{
    "test_make_address", "INSERT INTO address (account_id, channel_id, address, contact_id) VALUES ($1, $2, $3, $4)"};

desk::message::Message customer_message(const Conversation& conversation, const std::string& text, Timestamp at,
                                        std::int64_t seq) {
    desk::message::Message message;
    message.account = conversation.account;
    message.id = MessageId::make();
    message.conversation = conversation.id;
    message.seq = seq;
    message.ordered_at = at;
    message.author = {.type = desk::message::AuthorType::customer, .id = conversation.contact.value, .name = "Aino"};
    message.text = text;
    message.external_id = "ext-" + text;
    message.created_at = at;
    return message;
}

Promise make_wait(Tx& tx, const Conversation& conversation, desk::promise::Kind kind, Timestamp since) {
    Promise promise;
    promise.account = conversation.account;
    promise.id = PromiseId::make();
    promise.conversation = conversation.id;
    promise.kind = kind;
    promise.channel = conversation.channel;
    promise.team = conversation.team;
    promise.waiting_since = since;
    promise.opened_at = since;
    const auto policies = desk::promise::load_policies(tx, std::span(&conversation.account.value, 1));
    const auto* policy = desk::promise::choose_policy(
        policies, {.kind = kind, .channel = conversation.channel, .team = conversation.team});
    desk::promise::arm(promise, policy, {.silent_after = std::chrono::hours{4}});
    desk::promise::insert(tx, std::span(&promise, 1));
    return promise;
}

}  // namespace

Opened ConversationTest::open(const Opening& opening) {
    const auto work = [&](Tx& tx) {
        const auto at = desk::database_now(tx) - opening.ago;
        Conversation c;
        c.account = account_;
        c.id = ConversationId::make();
        const desk::conversation::NumberRange range{.account = account_, .count = 1};
        c.number = desk::conversation::take_numbers(tx, std::span(&range, 1)).front();
        const bool is_new = opening.contact.is_nil();
        c.contact = is_new ? desk::ContactId::make() : opening.contact;
        c.channel = channel_.id;
        c.team = opening.team.is_nil() ? team_ : opening.team;
        c.assignee = opening.assignee;
        c.state = opening.state;
        c.weight = opening.weight;
        c.last_message_at = at;
        c.created_at = at;
        c.resolved_at = opening.state == State::resolved ? std::optional(at) : std::nullopt;
        if (is_new) {
            tx.exec(kMakeContact, pqxx::params{to_string(account_), to_string(c.contact)});
            tx.exec(kMakeAddress, pqxx::params{to_string(account_), to_string(channel_.id), "aino-" + to_string(c.id),
                                               to_string(c.contact)});
        }
        PromiseId promise;
        if (opening.is_waiting) {
            const auto wait = make_wait(tx, c, desk::promise::Kind::first_reply, at);
            desk::conversation::owe(c, wait);
            promise = wait.id;
        }
        desk::conversation::insert(tx, std::span(&c, 1));
        const auto message = customer_message(c, opening.text, at, tx.exec(kArrive).at(0, 0).as<std::int64_t>());
        desk::message::insert(tx, std::span(&message, 1));
        if (desk::conversation::counts_for_assignee(c)) {
            const desk::capacity::Change taken{.account = account_, .agent = c.assignee, .weight = c.weight};
            desk::capacity::lock(tx, std::span(&taken, 1));
            desk::capacity::apply(tx, std::span(&taken, 1));
        }
        return Opened{.id = c.id, .message = message.id, .promise = promise};
    };
    return desk_.database.as_worker({account_}, work);
}

std::int64_t ConversationTest::arrive() {
    return look(kArrive).at(0, 0).as<std::int64_t>();
}

MessageId ConversationTest::write(ConversationId conversation, const std::string& text, Micros ago,
                                  std::optional<std::int64_t> arrived) {
    const auto work = [&](Tx& tx) {
        auto c = desk::conversation::lock_one(tx, {account_, conversation}).value();
        const auto at = desk::database_now(tx) - ago;
        const auto seq = arrived ? *arrived : tx.exec(kArrive).at(0, 0).as<std::int64_t>();
        const auto message = customer_message(c, text, at, seq);
        desk::message::insert(tx, std::span(&message, 1));
        if (!c.waiting_since) {
            desk::conversation::owe(c, make_wait(tx, c, desk::promise::Kind::next_reply, at));
        }
        c.last_message_at = at;
        ++c.version;
        desk::conversation::update(tx, std::span(&c, 1));
        return message.id;
    };
    return desk_.database.as_worker({account_}, work);
}

AlertId ConversationTest::raise_alert(const Opened& opened, int level) {
    desk::alert::Alert alert;
    alert.account = account_;
    alert.id = AlertId::make();
    alert.subject = opened.promise.value;
    alert.level = level;
    alert.conversation = opened.id;
    alert.promise = opened.promise;
    const auto work = [&](Tx& tx) {
        alert.raised_at = desk::database_now(tx);
        alert.noticed_at = alert.raised_at;
        return desk::alert::raise(tx, std::span(&alert, 1)).firing.size();
    };
    EXPECT_EQ(desk_.database.as_worker({account_}, work), 1u);
    return alert.id;
}

Conversation ConversationTest::load(ConversationId id) {
    return desk_.database.as_owner([&](Tx& tx) { return desk::conversation::find(tx, {account_, id}); }).value();
}

Timestamp ConversationTest::now() {
    return desk_.database.as_owner([](Tx& tx) { return desk::database_now(tx); });
}

pqxx::result ConversationTest::look(const Query& query, const pqxx::params& params) {
    return desk_.database.as_owner([&](Tx& tx) { return tx.exec(query, params); });
}

std::string ConversationTest::look_one(const Query& query, const pqxx::params& params) {
    const auto rows = look(query, params);
    return rows.at(0, 0).is_null() ? "null" : rows.at(0, 0).as<std::string>();
}

std::vector<std::string> ConversationTest::event_types() {
    constexpr Query kTypes{"test_event_types", "SELECT type FROM event ORDER BY account_id, seq"};
    std::vector<std::string> types;
    for (const auto& row : look(kTypes)) {
        types.push_back(row[0].as<std::string>());
    }
    return types;
}

text::Json ConversationTest::event_data(const std::string& type) {
    constexpr Query kData{"test_event_data", "SELECT data::text FROM event WHERE type = $1 ORDER BY seq DESC LIMIT 1"};
    return text::parse_json(look(kData, pqxx::params{type}).at(0, 0).as<std::string>()).value();
}

std::string ConversationTest::outcome_of(PromiseId promise) {
    constexpr Query kOutcome{"test_outcome", "SELECT outcome FROM promise WHERE id = $1"};
    const auto rows = look(kOutcome, pqxx::params{to_string(promise)});
    return rows.at(0, 0).is_null()
               ? "open"
               : std::string(desk::promise::to_string(static_cast<desk::promise::Outcome>(rows.at(0, 0).as<int>())));
}

int ConversationTest::load_of(AgentId agent) {
    constexpr Query kLoad{"test_load", "SELECT load FROM agent WHERE id = $1"};
    return look(kLoad, pqxx::params{to_string(agent)}).at(0, 0).as<int>();
}

int ConversationTest::drains() {
    constexpr Query kDrains{"test_drains", "SELECT count(*) FROM inbound WHERE kind = 1"};
    return look(kDrains).at(0, 0).as<int>();
}

std::vector<desk::capacity::Drift> ConversationTest::recount() {
    return desk_.database.as_owner([](Tx& tx) { return desk::capacity::recount(tx); });
}

}  // namespace lupaus::inbox
