#include "services/inbox/idempotency_store.hpp"

#include "common/text/json.hpp"
#include "services/inbox/queries.sql.hpp"

namespace lupaus::inbox {

namespace {

// What an answer needs besides its body to be given again.
std::string write_headers(const Answer& answer) {
    auto headers = text::Json::object();
    if (answer.version != 0) {
        headers["version"] = answer.version;
    }
    return text::dump(headers);
}

Result<Answer> read_answer(const pqxx::row& row, const crypto::SecretBox& box) {
    auto body = box.open(read_bytes(row[3]));
    if (!body) {
        return body.error();
    }
    Answer answer{.status = row[1].as<int>(), .body = *std::move(body)};
    answer.version = text::Json::parse(row[2].view()).value("version", 0);
    return answer;
}

}  // namespace

Result<std::optional<Answer>> begin_keyed(Tx& tx, const crypto::SecretBox& box, const KeyedRequest& request) {
    if (!tx.exec(sql::try_key, pqxx::params{request.lock}).at(0, 0).as<bool>()) {
        return Error{.code = Errc::conflict,
                     .detail = "A request with this Idempotency-Key is still in flight.",
                     .retry_after_s = 1};
    }
    const auto rows =
        tx.exec(sql::find_answer, pqxx::params{to_string(request.account), to_string(request.token), request.key});
    if (rows.empty()) {
        return std::optional<Answer>();
    }
    if (read_uuid(rows.at(0, 0)) != request.request_hash) {
        return Error{.code = Errc::unprocessable, .detail = "This Idempotency-Key was used for another request."};
    }
    auto answer = read_answer(rows.at(0), box);
    if (!answer) {
        return answer.error();
    }
    return std::optional(*std::move(answer));
}

void keep_answer(Tx& tx, const crypto::SecretBox& box, const KeyedRequest& request, const Answer& answer) {
    const auto sealed = box.seal(answer.body);
    const auto rows = tx.exec(sql::keep_answer, pqxx::params{to_string(request.account), to_string(request.token),
                                                             request.key, to_string(request.request_hash),
                                                             answer.status, write_headers(answer), pqxx::binary_cast(sealed)});
    tx.note_xid(rows.at(0, 0).as<std::string>());
}

int delete_old_answers(Tx& tx, std::chrono::milliseconds age, int limit) {
    return static_cast<int>(tx.exec(sql::delete_old_answers, pqxx::params{age.count(), limit}).affected_rows());
}

}  // namespace lupaus::inbox
