#include "services/lupaus/simulate/command.hpp"

#include "common/crypto/webhook_signature.hpp"
#include "services/lupaus/simulate/simulation.hpp"

namespace lupaus::simulate {

namespace {

using cli::Need;

Result<std::string> run_simulation(const cli::Invocation& call) {
    auto& arguments = call.arguments;
    Options options;
    options.url = arguments.text("url");
    options.admin_token = arguments.text("token");
    options.webhook_url = arguments.text("webhook-url");
    const auto secret = crypto::parse_webhook_secret(arguments.text("secret"));
    if (!secret) {
        arguments.fail("secret", secret.error().detail);
    }
    options.per_second = static_cast<double>(arguments.optional_integer("rate", 1, 1'000).value_or(2));
    options.seed = static_cast<std::uint64_t>(arguments.optional_integer("seed", 1, 1'000'000'000).value_or(1));
    options.length = arguments.optional_duration("for").value_or(std::chrono::seconds{0});
    options.think = arguments.optional_duration("think").value_or(std::chrono::seconds{2});
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    options.secret = *secret;
    return Simulation(std::move(options)).run();
}

}  // namespace

cli::Command command() {
    return {.path = "simulate",
            .help = "Let invented customers write and the desk's agents answer, until SIGTERM; prints what came of it",
            .options = {{"url", "URL", "The desk", Need::required, "LUPAUS_URL"},
                        {"token", "TOKEN", "An administrator's", Need::required, "LUPAUS_ADMIN_TOKEN"},
                        {"webhook-url", "URL", "Of a webhook channel", Need::required, "LUPAUS_WEBHOOK_URL"},
                        {"secret", "whsec_...", "Of that channel", Need::required, "LUPAUS_WEBHOOK_SECRET"},
                        {"rate", "N", "Messages a second, on average (2)"},
                        {"think", "2s", "Mean time of an agent to an answer (2s)"},
                        {"for", "1m", "How long; until a signal without it"},
                        {"seed", "N", "The same customers again (1)"}},
            .run = run_simulation};
}

}  // namespace lupaus::simulate
