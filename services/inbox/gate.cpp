#include "services/inbox/gate.hpp"

#include "common/async/doorbell.hpp"
#include "common/base/limits.hpp"
#include "common/crypto/token.hpp"
#include "common/net/problem.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/rate/refusal.hpp"
#include "services/desk/token/store.hpp"
#include "services/inbox/admission.hpp"
#include "services/inbox/audit.hpp"
#include "services/inbox/idempotency_store.hpp"
#include "services/inbox/routes.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr int kNoContent = 204;
constexpr double kAccountBurst_s = 2;  // of an account's rate, that may come at once
constexpr int kUnsupportedMediaType = 415;

struct Outcome {
    Answer answer;
    bool is_replayed = false;
};

// What shows the thing that an operation is done to, before it is. Null where nothing does: of a new one, for instance.
Handle reader_of(const Endpoint& endpoint) {
    const auto pattern = subject_pattern(endpoint.pattern);
    if (endpoint.method == "POST" && pattern == endpoint.pattern) {
        return nullptr;
    }
    const auto all = endpoints();
    const auto found = std::ranges::find_if(
        all, [pattern](const Endpoint& other) { return other.method == "GET" && other.pattern == pattern; });
    return found == all.end() ? nullptr : found->handle;
}

Result<Answer> handle_audited(Tx& tx, const Endpoint& endpoint, const Call& call) {
    if (!is_audited(endpoint)) {
        return endpoint.handle(tx, call);
    }
    AuditNote note(tx, call, reader_of(endpoint));
    auto answer = endpoint.handle(tx, call);
    if (answer) {
        note.record(tx, endpoint, *answer);
    }
    return answer;
}

// One transaction, repeated as a whole after a deadlock: nothing outside it is changed here.
Result<Outcome> perform(Tx& tx, const Endpoint& endpoint, const Call& call, const std::optional<KeyedRequest>& keyed) {
    if (keyed) {
        auto stored = begin_keyed(tx, call.desk.box, *keyed);
        if (!stored) {
            return stored.error();
        }
        if (*stored) {
            return Outcome{.answer = **std::move(stored), .is_replayed = true};
        }
    }
    auto answer = handle_audited(tx, endpoint, call);
    if (!answer) {
        return answer.error();
    }
    if (keyed) {
        keep_answer(tx, call.desk.box, *keyed, *answer);
    }
    return Outcome{.answer = *std::move(answer)};
}

net::Response respond(Outcome outcome) {
    auto& answer = outcome.answer;
    auto response = answer.body.empty() ? net::empty_response(kNoContent)
                                        : net::json_response(answer.status, std::move(answer.body));
    response.headers.set("Cache-Control", "no-store");
    if (answer.version != 0) {
        response.headers.add("ETag", '"' + std::to_string(answer.version) + '"');
    }
    if (outcome.is_replayed) {
        response.headers.add("Idempotent-Replayed", "true");
    }
    return response;
}

telemetry::Counter limited_counter(telemetry::Metrics& metrics, const std::string& limit) {
    return metrics.counter("lupaus_inbox_rate_limited_total", "Requests refused because they came too fast.",
                           {{"limit", limit}});
}

}  // namespace

net::Response refuse(const Error& error, const net::Request& request) {
    auto response = net::problem(error, request.request_id);
    if (error.code == Errc::unauthenticated) {
        log::info("authentication failed", {{"request_id", request.request_id},
                                            {"client", request.client_address},
                                            {"path", request.path()},
                                            {"reason", error.detail}});
        response.headers.add("WWW-Authenticate", "Bearer");
    }
    return response;
}

Gate::Gate(desk::Context& desk, Leases& leases)
    : desk_(desk),
      leases_(leases),
      token_rate_{.per_second = static_cast<double>(desk.config.rate.token_per_second),
                  .burst = static_cast<double>(desk.config.rate.token_burst)},
      token_limited_(limited_counter(desk.metrics, "token")),
      account_limited_(limited_counter(desk.metrics, "account")),
      replayed_(desk.metrics.counter("lupaus_inbox_replayed_total",
                                     "Requests answered again under their Idempotency-Key.")) {}

net::Route Gate::route(const Endpoint& endpoint) {
    return {.method = std::string(endpoint.method),
            .pattern = std::string(endpoint.pattern),
            .body_bytes_max = endpoint.body_bytes_max,
            .handler = [this, endpoint](net::Request request) { return handle(endpoint, std::move(request)); }};
}

asio::awaitable<Result<PrincipalPtr>> Gate::identify(crypto::Digest token) {
    const auto asked_at = TokenCache::Clock::now();
    auto principal = tokens_.find(token, asked_at);
    if (!principal) {
        const auto look = [&token](Tx& tx) { return desk::token::find_principal(tx, token); };
        auto found = co_await desk_.app.run(Scope::queues(), look);
        if (!found) {
            tokens_.forget(token);
            co_return Error{.code = Errc::unauthenticated, .detail = "This token is unknown, expired or revoked."};
        }
        principal = std::make_shared<const desk::token::Principal>(*std::move(found));
        tokens_.put(token, principal, asked_at);
    }
    leases_.renew(*principal);
    co_return principal;
}

asio::awaitable<Result<PrincipalPtr>> Gate::admit(const net::Request& request, std::string_view scope,
                                                  desk::agent::Role least) {
    const auto token = bearer_token(request);
    if (!token) {
        co_return Error{.code = Errc::unauthenticated, .detail = "Send the header Authorization: Bearer <token>."};
    }
    auto principal = co_await identify(crypto::token_hash(*token));
    if (!principal) {
        co_return principal;
    }
    if (const auto rights = check_rights(**principal, scope, least); !rights) {
        co_return rights.error();
    }
    if (const auto rates = check_rates(**principal); !rates) {
        co_await pause(desk::rate::kRefusalPause);
        co_return rates.error();
    }
    co_return principal;
}

// What the token is refused for costs the account nothing.
Result<void> Gate::check_rates(const desk::token::Principal& principal) {
    const auto now = desk::rate::RateLimit::Clock::now();
    if (const auto wait = by_token_.take(principal.token.value, token_rate_, now)) {
        token_limited_.add();
        return desk::rate::refusal({.limit = "token",
                                    .words = "This token asks too fast.",
                                    .allowed = desk_.config.rate.token_per_second,
                                    .wait = *wait});
    }
    if (!principal.requests_per_second) {
        return {};
    }
    const double allowed = *principal.requests_per_second;
    const desk::rate::Rate rate{.per_second = allowed, .burst = allowed * kAccountBurst_s};
    if (const auto wait = by_account_.take(principal.account.value, rate, now)) {
        account_limited_.add();
        return desk::rate::refusal({.limit = "account",
                                    .words = "All of this account's tokens together ask too fast.",
                                    .allowed = *principal.requests_per_second,
                                    .wait = *wait});
    }
    return {};
}

// A bound that was met is told with its name.
void Gate::count_quota(const Error& error) {
    if (error.code != Errc::conflict || error.extension.empty()) {
        return;
    }
    const auto extension = text::Json::parse(error.extension);
    if (const auto name = extension.find("limit"); name != extension.end() && name->is_string()) {
        desk_.metrics
            .counter("lupaus_inbox_quota_refused_total", "Refused because the account has as many as it may.",
                     {{"quota", name->get<std::string>()}})
            .add();
    }
}

asio::awaitable<net::Response> Gate::handle(Endpoint endpoint, net::Request request) {
    const auto principal = co_await admit(request, endpoint.scope, endpoint.least);
    if (!principal) {
        co_return refuse(principal.error(), request);
    }
    if (!is_json_or_empty(request)) {
        co_return net::protocol_problem(kUnsupportedMediaType, "The body must be application/json.",
                                        request.request_id);
    }
    const auto body = read_body(request);
    if (!body) {
        co_return refuse(body.error(), request);
    }
    const auto keyed = read_idempotency_key(request, **principal);
    if (!keyed) {
        co_return refuse(keyed.error(), request);
    }
    const Call call{.desk = desk_, .principal = **principal, .request = request, .body = *body};
    if (endpoint.prepare != nullptr) {
        co_await endpoint.prepare(call);
    }
    const auto work = [&](Tx& tx) { return perform(tx, endpoint, call, *keyed); };
    auto outcome = co_await desk_.app.run(Scope::account(call.principal.account.value), work);
    if (!outcome) {
        count_quota(outcome.error());
        co_return refuse(outcome.error(), request);
    }
    if (outcome->is_replayed) {
        replayed_.add();
    }
    co_return respond(*std::move(outcome));
}

}  // namespace lupaus::inbox
