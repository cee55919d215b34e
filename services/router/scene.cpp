#include "services/router/scene.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/router/store.hpp"

namespace lupaus::router {

const Conversation* Scene::find(ConversationId id) const {
    const auto known = conversations.find(id);
    return known == conversations.end() ? nullptr : &known->second;
}

void Scene::add(std::vector<Conversation> found) {
    for (auto& conversation : found) {
        const auto id = conversation.id;
        conversations.emplace(id, std::move(conversation));
    }
}

Scene open_scene(Tx& tx, std::span<const Uuid> accounts, const desk::agent::LeaseTerms& lease) {
    tx.narrow(Scope::accounts(accounts));
    Scene scene;
    scene.now = desk::database_now(tx);
    scene.snapshot.now = scene.now;
    load_agents(tx, accounts, lease, scene.snapshot);
    load_teams(tx, accounts, scene.snapshot);
    return scene;
}

void News::tell(std::string_view type, const desk::promise::Promise& promise) {
    add(type, promise, "promise");
}

int News::store(const std::vector<desk::alert::Alert>& alerts) {
    const auto raised = desk::alert::raise(tx_, alerts);
    for (const auto& alert : raised.superseded) {
        add("alert.superseded", alert, "alert");
    }
    for (const auto& alert : raised.firing) {
        add("alert.raised", alert, "alert");
    }
    desk::event::append(tx_, drafts_);
    return static_cast<int>(raised.firing.size());
}

template <class Subject>
void News::add(std::string_view type, const Subject& subject, std::string_view name) {
    const auto* conversation = scene_.find(subject.conversation);
    std::string data = "{\"";
    data.append(name).append("\":");
    append_json(data, subject);
    if (conversation != nullptr) {
        data += ",\"conversation\":" + desk::conversation::to_json(*conversation);
    }
    data += '}';
    drafts_.push_back({.account = subject.account,
                       .type = type,
                       .actor = desk::event::Actor::system(),
                       .conversation = subject.conversation,
                       .message = {},
                       .data = std::move(data)});
}

}  // namespace lupaus::router
