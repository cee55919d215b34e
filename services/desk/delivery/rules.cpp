#include "services/desk/delivery/rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::desk::delivery {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// After the first failure, the second, …: quick at first for a receiver that restarts, then spread over three days.
constexpr std::array<milliseconds, 9> kPauses{seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                                              hours{10},  hours{14},  hours{20},   hours{24}};

constexpr milliseconds kCalledOffPause = seconds{1};
constexpr double kJitter = 0.1;

milliseconds pause_after(int attempt, const Schedule& schedule) {
    const auto index =
        std::clamp<std::size_t>(static_cast<std::size_t>(std::max(attempt, 1)) - 1, 0, kPauses.size() - 1);
    const auto planned = index == 0 ? schedule.first : std::max(schedule.first, kPauses[index]);
    return std::min(planned, schedule.longest);
}

milliseconds with_jitter(milliseconds pause, double chance) {
    const auto factor = 1.0 - kJitter + 2 * kJitter * chance;
    return milliseconds{static_cast<milliseconds::rep>(static_cast<double>(pause.count()) * factor)};
}

// Empty: the time is up. The last attempt falls on the end, never a receiver's wish short.
std::optional<milliseconds> next_wait(const Attempt& attempt, const Report& report, const Schedule& schedule,
                                      double chance) {
    const auto left = schedule.give_up_after - std::chrono::duration_cast<milliseconds>(attempt.age);
    if (left <= milliseconds{0}) {
        return std::nullopt;
    }
    const auto planned = std::min(with_jitter(pause_after(attempt.number, schedule), chance), left);
    const auto wished =
        std::clamp<milliseconds>(report.retry_after.value_or(seconds{0}), milliseconds{0}, schedule.longest);
    return std::max(planned, wished);
}

Step again_or_failed(const Attempt& attempt, const Report& report, const Schedule& schedule, double chance) {
    const auto wait = next_wait(attempt, report, schedule, chance);
    if (!wait) {
        return {.state = State::failed, .error = report.detail + " No further attempt is made."};
    }
    return {.state = State::queued, .wait = wait, .error = report.detail};
}

// As if nothing had been tried before.
Step step_alone(const Attempt& attempt, const Report& report, const Schedule& schedule, double chance) {
    switch (report.outcome) {
        case Outcome::accepted:
            return {.state = State::sent, .error = report.detail};
        case Outcome::gone:
        case Outcome::impossible:
        case Outcome::rejected:
            return {.state = State::failed, .error = report.detail};
        case Outcome::called_off:
            return {.state = State::queued, .wait = kCalledOffPause, .error = report.detail};
        case Outcome::unknown:
            if (!deduplicates(attempt.kind)) {
                const bool is_again = is_repeated_once(attempt.kind) && !attempt.is_repetition;
                return {.state = State::uncertain,
                        .wait = is_again ? next_wait(attempt, report, schedule, chance) : std::nullopt,
                        .error = report.detail};
            }
            break;
        case Outcome::refused:
        case Outcome::not_sent:
            break;
    }
    return again_or_failed(attempt, report, schedule, chance);
}

}  // namespace

bool deduplicates(channel::Kind kind) {
    switch (kind) {
        case channel::Kind::webhook:
            return true;  // by webhook-id, which the contract of an outbound_url demands
        case channel::Kind::email:
            return false;  // some mail servers do, by Message-ID; most show a mail twice
    }
    return false;
}

bool is_repeated_once(channel::Kind kind) {
    return kind == channel::Kind::email;
}

Step step(const Attempt& attempt, const Report& report, const Schedule& schedule, double chance) {
    auto next = step_alone(attempt, report, schedule, chance);
    if (attempt.is_repetition && next.state != State::sent) {
        next.state = State::uncertain;  // the first one may still have arrived
    }
    return next;
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::accepted:
            return "accepted";
        case Outcome::refused:
            return "refused";
        case Outcome::gone:
            return "gone";
        case Outcome::impossible:
            return "impossible";
        case Outcome::not_sent:
            return "not_sent";
        case Outcome::called_off:
            return "called_off";
        case Outcome::unknown:
            return "unknown";
        case Outcome::rejected:
            return "rejected";
    }
    return "unknown";
}

}  // namespace lupaus::desk::delivery
