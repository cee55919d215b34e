// Several routers on one queue, and people who work meanwhile.
#include "tests/store/router/routing_fixture.hpp"

#include "services/desk/conversation/store.hpp"
#include "services/desk/inbound/store.hpp"

#include <atomic>
#include <barrier>
#include <functional>
#include <random>
#include <thread>

namespace lupaus::router {
namespace {

using desk::conversation::Conversation;
using desk::conversation::State;
using ::testing::IsEmpty;

class Parallel : public RoutingFixture {
protected:
    // Two routers until the queue is empty; what one of them could not do, the other one does.
    void route_in_parallel(int routers) {
        std::barrier start_together(routers);
        std::vector<std::jthread> threads;
        for (int i = 0; i < routers; ++i) {
            threads.emplace_back([&] {
                start_together.arrive_and_wait();
                while (waits()) {
                    route_once();
                }
            });
        }
    }

    bool waits() {
        const auto work = [](Tx& tx) { return !desk::inbound::discover_all(tx, 1).lanes.empty(); };
        return database.worker().run_blocking(Scope::queues(), work);
    }
};

TEST_F(Parallel, NothingIsLostOrDoubledAndTheOrderIsKept) {
    constexpr int kCustomers = 10;
    constexpr int kRounds = 20;
    std::vector<std::pair<AccountId, ChannelId>> desks{{account, channel}};
    for (const auto* name : {"Second", "Third"}) {
        const auto other = support::make_account(database, name);
        desks.emplace_back(other, support::make_channel(database, other).id);
        support::make_agent(database, other, {.capacity = 4});
    }
    for (int round = 0; round < kRounds; ++round) {
        for (int customer = 0; customer < kCustomers; ++customer) {
            for (const auto& [owner, where] : desks) {
                say({.sender = "customer " + std::to_string(customer),
                     .text = std::to_string(round),
                     .channel = where,
                     .account = owner});
            }
        }
    }
    options.rows_max = 20;
    route_in_parallel(3);
    EXPECT_EQ(ask("SELECT count(*) FROM message"), std::to_string(3 * kCustomers * kRounds));
    EXPECT_EQ(ask("SELECT count(*) FROM conversation"), std::to_string(3 * kCustomers));
    EXPECT_EQ(ask("SELECT count(*) FROM contact"), std::to_string(3 * kCustomers));
    EXPECT_EQ(ask("SELECT count(*) FROM promise WHERE settled_at IS NULL"), std::to_string(3 * kCustomers));
    EXPECT_THAT(list("SELECT 1 FROM (SELECT string_agg(text, ',' ORDER BY seq) said, string_agg(text, ',' ORDER BY "
                     "text::int) meant"
                     " FROM message GROUP BY conversation_id) m WHERE said <> meant"),
                IsEmpty());
    EXPECT_EQ(ask("SELECT count(*) FROM event WHERE type = 'message.created'"),
              std::to_string(3 * kCustomers * kRounds));
    EXPECT_EQ(ask("SELECT count(*) FROM conversation WHERE assignee_id IS NOT NULL"), "8")
        << "two agents with room for four each";
    expect_feed_is_whole();
    expect_loads_are_true();
}

TEST_F(Parallel, AConversationsVersionCountsItsChanges) {
    for (int i = 0; i < 30; ++i) {
        say({.sender = "liisa", .text = std::to_string(i)});
    }
    options.rows_max = 4;
    route_in_parallel(3);
    EXPECT_EQ(ask("SELECT count(DISTINCT data -> 'conversation' ->> 'version') FROM event"),
              ask("SELECT version FROM conversation"));
    EXPECT_THAT(list("SELECT 1 FROM (SELECT (data -> 'conversation' ->> 'version')::int v, lag((data -> 'conversation' "
                     "->> 'version')::int)"
                     " OVER (ORDER BY seq) before FROM event) e WHERE v < before"),
                IsEmpty())
        << "and never goes back in the feed";
}

// People who claim and resolve through the API's own order of locks, as far as they have room.
class Desk : public Parallel {
protected:
    void work_by_hand(unsigned seed, const std::vector<AgentId>& agents, int steps) {
        std::minstd_rand random(seed);
        for (int i = 0; i < steps; ++i) {
            const auto agent = agents[random() % agents.size()];
            random() % 2 == 0 ? claim_one(agent) : resolve_one(agent);
        }
    }

    void claim_one(AgentId agent) {
        act("SELECT id FROM conversation WHERE state = 0 AND assignee_id IS NULL ORDER BY random() LIMIT 1",
            [&](Tx& tx, Conversation& c) {
                const desk::capacity::Change change{.account = account, .agent = agent, .weight = c.weight};
                desk::capacity::lock(tx, std::span(&change, 1));
                if (c.state != State::open || !c.assignee.is_nil() ||
                    !desk::capacity::reserve(tx, std::span(&change, 1)).front()) {
                    return false;
                }
                c.assignee = agent;
                return true;
            });
    }

    void resolve_one(AgentId agent) {
        act("SELECT id FROM conversation WHERE state = 0 AND assignee_id = '" + to_string(agent) + "' LIMIT 1",
            [&](Tx& tx, Conversation& c) {
                if (c.state != State::open || c.assignee != agent) {
                    return false;
                }
                c.state = State::resolved;
                c.resolved_at = system_now();
                const desk::capacity::Change change{.account = account, .agent = agent, .weight = -c.weight};
                desk::capacity::lock(tx, std::span(&change, 1));
                desk::capacity::apply(tx, std::span(&change, 1));
                desk::inbound::push_command(tx, account, desk::inbound::Kind::drain);
                return true;
            });
    }

    // The conversation is found first and locked then, as a request names it.
    void act(const std::string& find, const std::function<bool(Tx&, Conversation&)>& change) {
        pqxx::connection connection(database.url("lupaus_owner"));
        const auto rows = pqxx::nontransaction(connection).exec(find);
        if (rows.empty()) {
            return;
        }
        const auto id = *parse_id<ConversationId>(rows[0][0].as<std::string>());
        database.as_app(account, [&](Tx& tx) {
            auto c = desk::conversation::lock_one(tx, {.account = account, .id = id}).value();
            if (change(tx, c)) {
                ++c.version;
                desk::conversation::update(tx, std::span(&c, 1));
            }
            return true;
        });
    }
};

TEST_F(Desk, AutomaticAssignmentNeverExceedsCapacityWhileOthersClaimAndResolve) {
    std::vector<AgentId> agents;
    for (int i = 0; i < 4; ++i) {
        agents.push_back(support::make_agent(database, account, {.name = std::to_string(i), .capacity = 3}));
    }
    for (int i = 0; i < 150; ++i) {
        say({.sender = "customer " + std::to_string(i)});
    }
    options.rows_max = 10;
    std::atomic<bool> done{false};
    std::atomic<int> overfull{0};
    std::jthread observer([&] {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        while (!done) {
            overfull += work.exec("SELECT count(*) FROM agent WHERE load > capacity").at(0, 0).as<int>();
        }
    });
    {
        std::vector<std::jthread> people;
        for (unsigned i = 1; i <= 2; ++i) {
            people.emplace_back([&, i] { work_by_hand(i, agents, 80); });
        }
        for (int i = 0; i < 2; ++i) {
            people.emplace_back([&] {
                while (waits()) {
                    route_once();
                }
            });
        }
    }
    route_in_parallel(2);
    done = true;
    observer.join();
    EXPECT_EQ(overfull, 0);
    expect_loads_are_true();
    EXPECT_EQ(ask("SELECT sum(load) FROM agent"), "12") << "and nobody is idle while somebody waits";
    EXPECT_EQ(ask("SELECT count(*) FROM message"), "150");
    expect_feed_is_whole();
}

}  // namespace
}  // namespace lupaus::router
