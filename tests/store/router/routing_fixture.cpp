#include "tests/store/router/routing_fixture.hpp"

#include "services/desk/agent/presence.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "tests/support/inbound_sample.hpp"

namespace lupaus::router {

RoutingFixture::RoutingFixture() {
    options.route.reopen_window = std::chrono::days{7};
    options.route.ladder = {.warn_share = 0.75, .silent_after = 4h, .acknowledge_hold = 15min};
    options.route.make_id = [] { return make_uuid_v7(); };
    options.unattended_patience = 60s;
    options.box = &box;
    options.lease = {.away_after = 2min, .offline_after = 15min};
    watch_options.lease = options.lease;
}

MessageId RoutingFixture::say(const Saying& saying) {
    const auto owner = saying.account.is_nil() ? account : saying.account;
    const auto where = saying.channel.is_nil() ? channel : saying.channel;
    auto message = support::make_inbound(owner, where, "ext-" + std::to_string(++next_external_));
    message.sender_id = saying.sender;
    message.sender_name = saying.sender;
    message.text = saying.text;
    message.thread_id = saying.thread;
    message.backlog = saying.backlog;
    message.mail = saying.mail;
    if (saying.ago > Micros{0}) {
        message.occurred_at = system_now() - saying.ago;
    }
    const auto work = [&](Tx& tx) { return desk::inbound::accept(tx, std::span(&message, 1)); };
    return database.worker().run_blocking(Scope::queues(), work).front().id;
}

ConversationId RoutingFixture::start(const Saying& saying) {
    const auto message = say(saying);
    route();
    const auto id =
        parse_id<ConversationId>(ask_about("SELECT conversation_id FROM message WHERE id = $1", message.value));
    return id.value_or(ConversationId{});
}

void RoutingFixture::command(desk::inbound::Kind kind, const Uuid& subject) {
    const auto work = [&](Tx& tx) {
        desk::inbound::push_command(tx, account, kind, subject);
        return true;
    };
    database.worker().run_blocking(Scope::queues(), work);
}

void RoutingFixture::set_presence(AgentId agent, desk::agent::Presence presence) {
    database.as_app(account, [&](Tx& tx) {
        desk::agent::put(tx, account, agent, presence, std::nullopt);
        return true;
    });
}

void RoutingFixture::set_state(ConversationId id, desk::conversation::State state,
                               std::optional<Timestamp> snoozed_until) {
    database.as_app(account, [&](Tx& tx) {
        auto c = desk::conversation::lock_one(tx, {.account = account, .id = id}).value();
        const bool cost = c.state == desk::conversation::State::open && !c.assignee.is_nil();
        const bool costs = state == desk::conversation::State::open && !c.assignee.is_nil();
        c.state = state;
        c.snoozed_until = snoozed_until;
        c.resolved_at = state == desk::conversation::State::resolved ? std::optional(system_now()) : std::nullopt;
        ++c.version;
        desk::conversation::update(tx, std::span(&c, 1));
        if (cost != costs) {
            const desk::capacity::Change change{.account = account,
                                                .agent = c.assignee,
                                                .weight = cost ? -c.weight : c.weight,
                                                .resolves = state == desk::conversation::State::resolved};
            desk::capacity::lock(tx, std::span(&change, 1));
            desk::capacity::apply(tx, std::span(&change, 1));
        }
        return true;
    });
}

BatchReport RoutingFixture::route_once(std::optional<BatchOptions> other) {
    const auto work = [&](Tx& tx) {
        const auto found = desk::inbound::discover_all(tx, 1000);
        return route_batch(tx, found.lanes, other.value_or(options));
    };
    return database.worker().run_blocking(Scope::queues(), work);
}

BatchReport RoutingFixture::route() {
    BatchReport sum;
    while (queued() > 0) {
        const auto report = route_once();
        sum.messages += report.messages;
        sum.conversations += report.conversations;
        sum.assigned += report.assigned;
        sum.promises += report.promises;
        sum.quarantined += report.quarantined;
        if (report.finished.empty()) {
            break;  // the rest waits for somebody
        }
    }
    return sum;
}

WatchReport RoutingFixture::watch_promises() {
    const auto work = [&](Tx& tx) { return router::watch_promises(tx, Timestamp{}, watch_options); };
    return database.worker().run_blocking(Scope::queues(), work);
}

WatchReport RoutingFixture::watch_timers() {
    const auto work = [&](Tx& tx) { return router::watch_timers(tx, Timestamp{}, watch_options); };
    return database.worker().run_blocking(Scope::queues(), work);
}

pqxx::result RoutingFixture::look(const std::string& sql, const pqxx::params& params) {
    pqxx::nontransaction work(owner_);
    return work.exec(sql, params);
}

std::string RoutingFixture::ask(const std::string& sql, const pqxx::params& params) {
    const auto rows = look(sql, params);
    return rows.empty() || rows[0][0].is_null() ? "-" : rows[0][0].as<std::string>();
}

std::vector<std::string> RoutingFixture::list(const std::string& sql, const pqxx::params& params) {
    std::vector<std::string> values;
    for (const auto& row : look(sql, params)) {
        values.push_back(row[0].is_null() ? "-" : row[0].as<std::string>());
    }
    return values;
}

desk::conversation::Conversation RoutingFixture::load(ConversationId id) {
    return database
        .as_app(account, [&](Tx& tx) { return desk::conversation::find(tx, {.account = account, .id = id}); })
        .value();
}

int RoutingFixture::load_of(AgentId agent) {
    return std::stoi(ask_about("SELECT load FROM agent WHERE id = $1", agent.value));
}

int RoutingFixture::queued() {
    return std::stoi(ask("SELECT count(*) FROM inbound"));
}

// The view of locks, unlike that of activity, shows everybody's.
std::string RoutingFixture::count_blocked() {
    return ask(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE NOT l.granted AND a.datname = current_database()");
}

std::vector<std::string> RoutingFixture::event_types() {
    return list("SELECT type FROM event ORDER BY account_id, seq");
}

std::vector<std::string> RoutingFixture::alerts(ConversationId id) {
    return list(
        "SELECT concat_ws(' ', (ARRAY['promise', 'silent', 'unattended', 'undelivered'])[kind + 1], level,"
        " (ARRAY['firing', 'acknowledged', 'superseded', 'resolved'])[state + 1],"
        " (ARRAY['agent', 'team', 'leads', 'account'])[recipient_type + 1])"
        " FROM alert WHERE conversation_id = $1 ORDER BY kind, level",
        pqxx::params{to_string(id)});
}

void RoutingFixture::expect_feed_is_whole() {
    EXPECT_EQ(ask("SELECT count(*) FROM (SELECT f.seq, count(e.seq), min(e.seq), max(e.seq) FROM account_feed f"
                  " LEFT JOIN event e USING (account_id) GROUP BY f.account_id, f.seq) f (seq, count, lowest, highest)"
                  " WHERE f.count <> f.seq OR f.seq > 0 AND (f.lowest <> 1 OR f.highest <> f.seq)"),
              "0");
}

void RoutingFixture::expect_loads_are_true() {
    const auto drifts = database.as_owner([](Tx& tx) { return desk::capacity::recount(tx); });
    for (const auto& drift : drifts) {
        ADD_FAILURE() << "agent " << to_string(drift.agent) << " has load " << drift.load << ", counted "
                      << drift.counted;
    }
}

}  // namespace lupaus::router
