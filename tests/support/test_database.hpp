// A database of its own for every test that asks: cloned from a template that each test binary migrates once, dropped
// at the end. Needs the cluster that LUPAUS_TEST_CLUSTER names (tests/support/cluster); throws where there is none.
#pragma once

#include "common/postgres/database.hpp"
#include "services/desk/ids.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>

namespace lupaus::support {

struct Cluster {
    std::string host;  // the folder of the socket
    std::string port;  // the same on 127.0.0.1

    std::string url(const std::string& role, const std::string& database) const;
};

Cluster read_cluster();

class TestDatabase {
public:
    TestDatabase();
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    Database& owner() { return *owner_; }

    Database& app() { return *app_; }

    Database& worker() { return *worker_; }

    const std::string& name() const { return name_; }

    std::string url(const std::string& role) const { return cluster_.url(role, name_); }

    // One committed transaction on the calling thread, with the rights of the API, of a worker or of the owner.
    template <class Work>
    auto as_app(desk::AccountId account, Work work) {
        return app_->run_blocking(Scope::account(account.value), work);
    }

    template <class Work>
    auto as_worker(std::initializer_list<desk::AccountId> accounts, Work work) {
        std::vector<Uuid> ids;
        for (const auto& account : accounts) {
            ids.push_back(account.value);
        }
        return worker_->run_blocking(Scope::accounts(ids), work);
    }

    template <class Work>
    auto as_owner(Work work) {
        return owner_->run_blocking(Scope::queues(), work);
    }

private:
    Cluster cluster_;
    std::string name_;
    std::unique_ptr<Database> owner_;
    std::unique_ptr<Database> app_;
    std::unique_ptr<Database> worker_;
};

}  // namespace lupaus::support
