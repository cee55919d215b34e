#include "tests/support/test_database.hpp"

#include "common/config/config.hpp"
#include "common/postgres/migrate.hpp"
#include "services/desk/outbound/store.hpp"

#include <pqxx/pqxx>

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace lupaus::support {

namespace {

constexpr std::string_view kOwner = "lupaus_owner";

// CREATE and DROP DATABASE take no parameters and run outside transactions; the names are our own.
void command(const Cluster& cluster, const std::string& sql) {
    pqxx::connection connection(cluster.url(std::string(kOwner), "postgres"));
    pqxx::nontransaction work(connection);
    work.exec("SET client_min_messages = warning");
    work.exec(sql);
}

std::string unique_name(std::string_view kind) {
    static std::atomic<int> count{0};
    return "lupaus_" + std::string(kind) + "_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

// The migrated database that all others of this process are copies of.
class Template {
public:
    Template() : cluster_(read_cluster()), name_(unique_name("template")) {
        command(cluster_, "CREATE DATABASE " + name_);
        migrate(cluster_.url(std::string(kOwner), name_));
    }

    ~Template() {
        try {
            command(cluster_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        } catch (const std::exception&) {
            // The cluster is thrown away with everything in it.
        }
    }

    const std::string& name() const { return name_; }

private:
    Cluster cluster_;
    std::string name_;
};

const std::string& template_name() {
    static const Template prototype;
    return prototype.name();
}

std::unique_ptr<Database> open(const Cluster& cluster, const std::string& role, const std::string& database) {
    return std::make_unique<Database>(
        DatabaseOptions{.url = cluster.url(role, database), .name = "test", .threads = 2});
}

}  // namespace

std::string Cluster::url(const std::string& role, const std::string& database) const {
    return "postgresql://" + role + "@/" + database + "?host=" + host + "&port=" + port;
}

Cluster read_cluster() {
    const auto environment = config::process_environment();
    const auto path = environment.find("LUPAUS_TEST_CLUSTER");
    if (path == environment.end()) {
        throw std::runtime_error("LUPAUS_TEST_CLUSTER does not name a cluster.env (see tests/support/cluster --help)");
    }
    std::ifstream file(path->second);
    Cluster cluster;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("PGHOST=")) {
            cluster.host = line.substr(7);
        } else if (line.starts_with("PGPORT=")) {
            cluster.port = line.substr(7);
        }
    }
    if (cluster.host.empty() || cluster.port.empty()) {
        throw std::runtime_error(path->second + " does not describe a running cluster");
    }
    return cluster;
}

TestDatabase::TestDatabase() : cluster_(read_cluster()), name_(unique_name("test")) {
    command(cluster_, "CREATE DATABASE " + name_ + " TEMPLATE " + template_name());
    owner_ = open(cluster_, std::string(kOwner), name_);
    app_ = open(cluster_, "lupaus_app", name_);
    worker_ = open(cluster_, "lupaus_worker", name_);
    as_owner([](Tx& tx) {
        desk::outbound::release(tx);  // a copy of the template would send nothing
        return true;
    });
}

TestDatabase::~TestDatabase() {
    owner_.reset();
    app_.reset();
    worker_.reset();
    try {
        command(cluster_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
        // The cluster is thrown away with everything in it.
    }
}

}  // namespace lupaus::support
