#include "services/router/load.hpp"

#include "services/desk/acknowledgement/store.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/letter/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/router/said.hpp"
#include "services/router/store.hpp"
#include "services/router/threading.hpp"

#include <algorithm>
#include <map>

namespace lupaus::router {

namespace {

using desk::conversation::Key;
using desk::inbound::Kind;

constexpr int kWaitingPerGroupMax = 100;
constexpr int kReleasePerAgentMax = 200;
constexpr int kHandoverPerBotMax = 200;

class Loader {
public:
    Loader(Tx& tx, const BatchOptions& options) : tx_(tx), options_(options) {}

    Loaded run(std::span<const Uuid> accounts, Decoded& decoded) {
        auto& snapshot = loaded_.snapshot;
        snapshot.now = desk::database_now(tx_);
        load_channels(tx_, accounts, snapshot);
        set_aside_unplaceable(decoded, snapshot);
        load_contacts(tx_, decoded.items, snapshot);
        load_teams(tx_, accounts, snapshot);
        load_agents(tx_, accounts, options_.lease, snapshot);
        for (auto& policy : desk::promise::load_policies(tx_, accounts)) {
            snapshot.policies[policy.account].push_back(policy);
        }
        find_by_thread(decoded.items);
        find_by_mail(decoded.items, accounts);
        find_by_contact(decoded.items);
        find_external_refs(decoded.items);
        find_commanded(decoded.items);
        find_unassigned();
        hold();
        hold_promises(decoded.items);
        note_waiting();
        note_releasable();
        note_of_bots();
        return std::move(loaded_);
    }

private:
    // ---- which conversations it is about

    void find_by_thread(const std::vector<Item>& items) {
        std::set<std::tuple<AccountId, ChannelId, std::string>> wanted;
        for (const auto& item : items) {
            if (item.row.kind == Kind::message && item.message.thread_id) {
                wanted.emplace(item.row.account, item.row.channel, *item.message.thread_id);
            }
        }
        std::vector<desk::conversation::Thread> threads;
        for (const auto& [account, channel, thread] : wanted) {
            threads.push_back({.account = account, .channel = channel, .thread_id = thread});
        }
        const auto found = desk::conversation::by_thread(tx_, threads);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!found[i].is_nil()) {
                loaded_.snapshot.by_thread[ThreadKey{threads[i].channel, threads[i].thread_id}] = found[i];
                keys_.insert(Key{.account = threads[i].account, .id = found[i]});
            }
        }
    }

    void find_by_mail(const std::vector<Item>& items, std::span<const Uuid> accounts) {
        std::set<std::tuple<AccountId, ChannelId, std::string>> wanted;
        std::set<desk::letter::Number> numbers;
        bool has_mail = false;
        for (const auto& item : items) {
            if (item.row.kind != Kind::message || !item.message.mail) {
                continue;
            }
            has_mail = true;
            for (const auto& id : item.message.mail->references) {
                wanted.emplace(item.row.account, item.row.channel, id);
            }
            if (item.message.mail->answers != 0) {
                numbers.insert({.account = item.row.account, .number = item.message.mail->answers});
            }
        }
        if (has_mail) {
            loaded_.snapshot.own_addresses = desk::letter::own_addresses(tx_, accounts);
            find_referred({wanted.begin(), wanted.end()});
            find_numbered({numbers.begin(), numbers.end()});
            find_acknowledgements(items, accounts);
        }
    }

    // Who may be told by a machine that their mail has arrived, and what machines have told them before.
    void find_acknowledgements(const std::vector<Item>& items, std::span<const Uuid> accounts) {
        auto& snapshot = loaded_.snapshot;
        snapshot.acknowledgements = desk::acknowledgement::load(tx_, accounts);
        std::map<desk::acknowledgement::Sender, ContactId> senders;
        for (const auto& item : items) {
            const auto& in = item.message;
            const bool may_be_told = item.row.kind == Kind::message && in.mail && in.mail->no_autoreply.empty();
            if (may_be_told && snapshot.acknowledgements.contains(item.row.channel)) {
                const auto known = snapshot.contacts.find(Address{item.row.channel, in.sender_id});
                const auto contact = known == snapshot.contacts.end() ? ContactId{} : known->second.id;
                auto& noted = senders[{.account = item.row.account, .address = in.sender_id}];
                noted = contact.is_nil() ? noted : contact;
            }
        }
        snapshot.written_before = desk::acknowledgement::written_before(tx_, senders);
    }

    void find_referred(const std::vector<std::tuple<AccountId, ChannelId, std::string>>& wanted) {
        std::vector<desk::letter::Reference> references;
        for (const auto& [account, channel, id] : wanted) {
            references.push_back({.account = account, .channel = channel, .id = id});
        }
        const auto found = desk::letter::conversations_of(tx_, references);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!found[i].is_nil()) {
                loaded_.snapshot.by_mail[MailKey{references[i].channel, references[i].id}] = found[i];
                keys_.insert(Key{.account = references[i].account, .id = found[i]});
            }
        }
    }

    void find_numbered(const std::vector<desk::letter::Number>& numbers) {
        const auto found = desk::letter::conversations_of(tx_, numbers);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!found[i].is_nil()) {
                loaded_.snapshot.by_number[NumberKey{numbers[i].account, numbers[i].number}] = found[i];
                keys_.insert(Key{.account = numbers[i].account, .id = found[i]});
            }
        }
    }

    void find_external_refs(const std::vector<Item>& items) {
        std::set<desk::conversation::ExternalRef> wanted;
        for (const auto& item : items) {
            if (item.row.kind == Kind::message && item.message.external_ref) {
                wanted.emplace(item.row.account, *item.message.external_ref);
            }
        }
        loaded_.snapshot.by_external_ref = desk::conversation::holders_of(tx_, wanted);
    }

    void find_by_contact(const std::vector<Item>& items) {
        std::set<std::tuple<AccountId, ChannelId, ContactId>> wanted;
        for (const auto& item : items) {
            if (item.row.kind != Kind::message || item.message.thread_id || item.message.mail) {
                continue;
            }
            const auto known = loaded_.snapshot.contacts.find(Address{item.row.channel, item.message.sender_id});
            if (known != loaded_.snapshot.contacts.end()) {
                wanted.emplace(item.row.account, item.row.channel, known->second.id);
            }
        }
        std::vector<desk::conversation::ContactOnChannel> contacts;
        for (const auto& [account, channel, contact] : wanted) {
            const auto window = reopen_window(loaded_.snapshot.channels.at(channel), options_.route.reopen_window);
            contacts.push_back({.account = account,
                                .channel = channel,
                                .contact = contact,
                                .resolved_since = loaded_.snapshot.now - window});
        }
        const auto found = desk::conversation::newest_of(tx_, contacts);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!found[i].is_nil()) {
                loaded_.snapshot.newest[ContactChannel{contacts[i].channel, contacts[i].contact}] = found[i];
                keys_.insert(Key{.account = contacts[i].account, .id = found[i]});
            }
        }
    }

    void find_commanded(const std::vector<Item>& items) {
        for (const auto& item : items) {
            if (item.row.kind == Kind::wake || item.row.kind == Kind::bot_silent) {
                keys_.insert(Key{.account = item.row.account, .id = ConversationId{item.row.subject}});
            }
        }
        releasable_ = find_releasable(tx_, items, kReleasePerAgentMax);
        for (const auto& candidate : releasable_) {
            keys_.insert(candidate.key);
        }
        of_bots_ = find_held_by_bots(tx_, items, kHandoverPerBotMax);
        for (const auto& held : of_bots_) {
            keys_.insert(held.key);
        }
    }

    void find_unassigned() {
        auto waiting = find_waiting(tx_, loaded_.snapshot, kWaitingPerGroupMax);
        waiting_ = std::move(waiting.keys);
        loaded_.cut = std::move(waiting.cut);
        keys_.insert(waiting_.begin(), waiting_.end());
    }

    // ---- and how they are, once they are locked

    void hold() {
        auto& snapshot = loaded_.snapshot;
        const std::vector<Key> keys(keys_.begin(), keys_.end());
        for (auto& conversation : desk::conversation::lock_free(tx_, keys)) {
            const auto id = conversation.id;
            snapshot.held.emplace(id, std::move(conversation));
        }
        std::vector<Key> missing;
        std::ranges::copy_if(keys, std::back_inserter(missing),
                             [&snapshot](const Key& key) { return !snapshot.held.contains(key.id); });
        if (missing.empty()) {
            return;
        }
        // What is not there at all is nobody's to release: it must not stay in the queue for ever.
        for (const auto& conversation : desk::conversation::read(tx_, missing)) {
            snapshot.busy.insert(conversation.id);
        }
    }

    // Of waits that a message of the batch may turn out to have begun.
    void hold_promises(const std::vector<Item>& items) {
        auto& snapshot = loaded_.snapshot;
        const Threading threading(snapshot);
        std::set<desk::promise::ConversationKey> keys;
        for (const auto& item : items) {
            if (item.row.kind != Kind::message) {
                continue;
            }
            const auto said = when_said(item, snapshot.channels.at(item.row.channel));
            const auto known = snapshot.contacts.find(Address{item.row.channel, item.message.sender_id});
            const auto contact = known == snapshot.contacts.end() ? ContactId{} : known->second.id;
            for (const auto id : threading.candidates(item.message, contact)) {
                const auto held = snapshot.held.find(id);
                const bool waits = held != snapshot.held.end() && held->second.waiting_since && !said.is_history &&
                                   !item.message.judgement;
                if (waits && said.at < *held->second.waiting_since) {
                    keys.emplace(item.row.account, id);
                }
            }
        }
        for (auto& promise : desk::promise::lock_open_replies(tx_, keys)) {
            snapshot.promises.emplace(promise.conversation, promise);
        }
    }

    void note_waiting() {
        auto& snapshot = loaded_.snapshot;
        for (const auto& key : waiting_) {
            const auto at = snapshot.held.find(key.id);
            if (at == snapshot.held.end()) {
                loaded_.held_up.insert(key.account);
                continue;
            }
            if (desk::conversation::is_offered(at->second)) {
                snapshot.waiting.push_back(key.id);
            }
        }
    }

    void note_releasable() {
        std::map<AgentId, int> counts;
        for (const auto& [key, agent] : releasable_) {
            if (loaded_.snapshot.held.contains(key.id)) {
                loaded_.snapshot.releasable[agent].push_back(key.id);
            }
            if (!loaded_.snapshot.held.contains(key.id) || ++counts[agent] == kReleasePerAgentMax) {
                loaded_.unfinished.emplace(key.account, agent);
            }
        }
    }

    void note_of_bots() {
        std::map<desk::TokenId, int> counts;
        for (const auto& [key, bot] : of_bots_) {
            const bool is_held = loaded_.snapshot.held.contains(key.id);
            if (is_held) {
                loaded_.snapshot.of_bots[bot].push_back(key.id);
            }
            if (!is_held || ++counts[bot] == kHandoverPerBotMax) {
                loaded_.bots_unfinished.emplace(key.account, bot);
            }
        }
    }

    Tx& tx_;
    const BatchOptions& options_;
    Loaded loaded_;
    std::set<Key> keys_;
    std::vector<Key> waiting_;
    std::vector<Releasable> releasable_;
    std::vector<HeldByBot> of_bots_;
};

}  // namespace

Loaded load(Tx& tx, std::span<const Uuid> accounts, Decoded& decoded, const BatchOptions& options) {
    return Loader(tx, options).run(accounts, decoded);
}

}  // namespace lupaus::router
