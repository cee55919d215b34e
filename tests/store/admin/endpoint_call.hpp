// Calls an API handler the way the gate does: one transaction of lupaus_app, committed unless the handler refuses.
#pragma once

#include "common/text/json.hpp"
#include "services/inbox/endpoint.hpp"
#include "tests/support/test_desk.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>

namespace lupaus::inbox {

struct Question {
    desk::token::Principal principal;
    std::string body = "{}";
    std::string id{};     // what stands for {id} in the path
    std::string query{};  // "limit=2&cursor=x"; nothing that needs escapes
    std::string if_match{};
    std::string message_id{};
};

inline Result<Answer> ask(support::TestDesk& desk, Handle handle, const Question& question) {
    net::Request request;
    if (!question.id.empty()) {
        request.params.push_back({"id", question.id});
    }
    if (!question.message_id.empty()) {
        request.params.push_back({"message_id", question.message_id});
    }
    for (std::string_view rest = question.query; !rest.empty();) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        const auto equals = pair.find('=');
        request.query.push_back({std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1))});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!question.if_match.empty()) {
        request.headers.add("If-Match", question.if_match);
    }
    const auto body = text::parse_json(question.body).value();
    const Call call{.desk = desk.context, .principal = question.principal, .request = request, .body = body};
    return desk.database.as_app(question.principal.account, [&](Tx& tx) { return handle(tx, call); });
}

inline text::Json read(const Result<Answer>& answer) {
    return text::parse_json(answer.value().body).value();
}

// The fields that an `invalid` error names, each followed by a space.
inline std::string wrong_fields(const Result<Answer>& answer) {
    std::string names;
    for (const auto& field : answer.error().fields) {
        names += field.field + " ";
    }
    return names;
}

}  // namespace lupaus::inbox
