#include "services/inbox/failure.hpp"

#include "common/async/cancellation.hpp"
#include "common/blob/blob_store.hpp"
#include "common/postgres/database.hpp"
#include "common/telemetry/log.hpp"

#include <cerrno>
#include <system_error>

namespace lupaus::inbox {

namespace {

constexpr int kSoon_s = 1;
constexpr int kLater_s = 3;
constexpr std::string_view kNoFiles = "The desk cannot keep or read files right now. Nothing was changed.";

Error unavailable(std::string detail, int retry_after_s) {
    return Error{.code = Errc::unavailable, .detail = std::move(detail), .retry_after_s = retry_after_s};
}

// SQLSTATE classes: 40 rolled back, 53 out of resources, 57 the operator or a timeout intervened, 58 the server's disk,
// 55P03 a lock.
Error describe_sql(const pqxx::sql_error& failure) {
    const std::string_view state = failure.sqlstate();
    if (state == "55P03") {
        return unavailable("Somebody else is changing this right now. Nothing was changed.", kSoon_s);
    }
    if (state.starts_with("40") || state == "57014") {
        return unavailable("The database is busy. Nothing was changed.", kSoon_s);
    }
    if (state.starts_with("53") || state.starts_with("57") || state.starts_with("58") || state == "25006") {
        return unavailable("The database is away. Nothing was changed.", kLater_s);
    }
    return Error{.code = Errc::internal, .detail = {}};
}

// Of the store of attachments: somebody will make room or mend it, and the caller comes back.
bool is_disk_trouble(const std::exception& failure) {
    const auto* system = dynamic_cast<const std::system_error*>(&failure);
    if (system == nullptr || system->code().category() != std::generic_category()) {
        return false;
    }
    const int code = system->code().value();
    return code == ENOSPC || code == EDQUOT || code == EROFS || code == EIO;
}

Error describe(std::exception_ptr failure) {
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const Overloaded&) {
        return unavailable("The desk is busy. Nothing was changed.", kSoon_s);
    } catch (const blob::Unavailable&) {
        return unavailable(std::string(kNoFiles), kLater_s);
    } catch (const pqxx::in_doubt_error&) {
        return unavailable(
            "The database went away while it stored this: look before you repeat it, or repeat it with the "
            "same Idempotency-Key.",
            kLater_s);
    } catch (const pqxx::broken_connection&) {
        return unavailable("The database is away. Nothing was changed.", kLater_s);
    } catch (const pqxx::sql_error& sql) {
        return describe_sql(sql);
    } catch (const std::exception& other) {
        if (is_disk_trouble(other)) {
            return unavailable(std::string(kNoFiles), kLater_s);
        }
        return is_cancellation(other) ? unavailable("The desk is stopping.", kSoon_s)
                                      : Error{.code = Errc::internal, .detail = {}};
    } catch (...) {
        return Error{.code = Errc::internal, .detail = {}};
    }
}

}  // namespace

Error map_exception(std::exception_ptr failure, std::string_view request_id) {
    const auto cause = log::describe(failure);
    auto error = describe(std::move(failure));
    if (error.code == Errc::internal) {
        log::error("request failed", {{"request_id", request_id}, {"error", cause}});
    } else {
        log::warn("request not served", {{"request_id", request_id}, {"error", cause}});
    }
    return error;
}

}  // namespace lupaus::inbox
