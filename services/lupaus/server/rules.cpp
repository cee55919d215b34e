#include "services/lupaus/server/rules.hpp"

#include <algorithm>

namespace lupaus::server {

namespace {

std::string url_option(std::string_view pool) {
    return "database." + std::string(pool) + "_url";
}

}  // namespace

Fault judge_role(const ServerFacts& facts, std::string_view pool) {
    if (!facts.is_superuser && !facts.bypasses_rls && !facts.owns_tables) {
        return std::nullopt;
    }
    return "the role of " + url_option(pool) +
           " is a superuser, bypasses row-level security or owns the tables: give it lupaus_" + std::string(pool) +
           ", a plain role";
}

Fault judge_fsync(const ServerFacts& facts) {
    if (facts.fsync) {
        return std::nullopt;
    }
    return "the server runs with fsync = off: acknowledged messages could be lost; turn it on in postgresql.conf";
}

Fault judge_commit(const ServerFacts& facts, std::string_view pool) {
    if (facts.synchronous_commit) {
        return std::nullopt;
    }
    return "synchronous_commit is off for the role of " + url_option(pool) +
           ": acknowledged messages could be lost; turn it on for the server, the database and the role";
}

Fault judge_schema(const ServerFacts& facts, std::span<const int> known) {
    const auto schema = "the schema is at version " + std::to_string(facts.schema_version);
    std::string missing;
    for (const int version : known) {
        if (std::ranges::find(facts.applied, version) == facts.applied.end()) {
            missing += (missing.empty() ? "" : ", ") + std::to_string(version);
        }
    }
    if (!missing.empty()) {
        return schema + " and lacks " + missing + ", which this program needs: run lupaus migrate";
    }
    if (!known.empty() && facts.oldest_program > known.back()) {
        return schema + " and says that programs older than " + std::to_string(facts.oldest_program) +
               " are too old for it; this one is " + std::to_string(known.back()) + ": install the newer program";
    }
    return std::nullopt;
}

Fault judge_clock(const ServerFacts& facts, Timestamp here) {
    const auto skew = std::chrono::duration_cast<std::chrono::milliseconds>(facts.clock - here);
    if (std::chrono::abs(skew) <= kSkewMax) {
        return std::nullopt;
    }
    return "this machine's clock is " + std::to_string(std::chrono::abs(skew).count()) + " ms " +
           (skew.count() > 0 ? "behind" : "ahead of") +
           " the database's: keep both in step (chrony, systemd-timesyncd)";
}

std::vector<std::string> reasons_to_refuse(const ServerFacts& facts, std::string_view pool,
                                           std::span<const int> known) {
    std::vector<std::string> reasons;
    for (auto& fault :
         {judge_role(facts, pool), judge_fsync(facts), judge_commit(facts, pool), judge_schema(facts, known)}) {
        if (fault) {
            reasons.push_back(*fault);
        }
    }
    return reasons;
}

}  // namespace lupaus::server
