#include "services/lupaus/bench/world.hpp"

#include "common/crypto/webhook_signature.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/token/store.hpp"

namespace lupaus::bench {

namespace {

constexpr int kCapacity = 10'000'000;
constexpr std::chrono::hours kOnlineFor{23};

Result<desk::AgentId> make_agent(Tx& tx, desk::AccountId account, int number) {
    desk::agent::Agent agent;
    agent.account = account;
    agent.id = desk::AgentId::make();
    agent.name = "Agent " + std::to_string(number);
    agent.email = "agent" + std::to_string(number) + "@example.com";
    agent.capacity = kCapacity;
    const auto stored = desk::agent::insert(tx, agent);
    if (!stored) {
        return stored.error();
    }
    desk::agent::put(tx, account, agent.id, desk::agent::Presence::online, desk::database_now(tx) + kOnlineFor);
    return agent.id;
}

Result<std::string> issue_token(Tx& tx, desk::AccountId account, desk::AgentId agent) {
    desk::token::Token draft;
    draft.account = account;
    draft.agent = agent;
    draft.name = "bench";
    const auto issued = desk::token::issue(tx, draft);
    if (!issued) {
        return issued.error();
    }
    return issued->text;
}

Result<Door> make_door(Tx& tx, const crypto::SecretBox& box, int number, int agents) {
    Door door;
    door.account = desk::AccountId::make();
    desk::account::insert(tx, {.id = door.account, .name = "Bench " + std::to_string(number)});
    for (int i = 0; i < agents; ++i) {
        const auto agent = make_agent(tx, door.account, i);
        if (!agent) {
            return agent.error();
        }
        if (i == 0) {
            const auto token = issue_token(tx, door.account, *agent);
            if (!token) {
                return token.error();
            }
            door.agent_token = *token;
        }
    }
    desk::channel::Channel channel;
    channel.account = door.account;
    channel.id = desk::ChannelId::make();
    channel.name = "Bench";
    const auto secrets = desk::channel::create(tx, box, channel);
    if (!secrets) {
        return secrets.error();
    }
    door.path = "/hooks/webhook/" + to_string(channel.id);
    door.secret = crypto::parse_webhook_secret(secrets->inbound).value();
    return door;
}

}  // namespace

Result<std::vector<Door>> make_world(Tx& tx, const crypto::SecretBox& box, int accounts, int agents_each) {
    std::vector<Door> doors;
    for (int i = 0; i < accounts; ++i) {
        auto door = make_door(tx, box, i, agents_each);
        if (!door) {
            return door.error();
        }
        doors.push_back(std::move(*door));
    }
    return doors;
}

}  // namespace lupaus::bench
