#include "common/telemetry/metrics.hpp"

#include "common/telemetry/log.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

namespace lupaus::telemetry {

const std::vector<double> kRequestBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const std::vector<double> kReplyBuckets{10,   30,   60,    120,   300,   600,    900,   1800,
                                        3600, 7200, 14400, 28800, 86400, 172800, 604800};
const std::vector<double> kSizeBuckets{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

namespace {

struct FamilyInfo {
    std::string type;
    std::set<Labels> children;
};

struct Watch {
    std::string name;
    std::string help;
    std::function<std::vector<Sample>()> read;
};

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

void check_name(const std::string& name, std::string_view type) {
    const bool well_formed = name.starts_with("lupaus_") && std::ranges::all_of(name, is_name_byte);
    if (!well_formed || name.ends_with("_total") != (type == "counter")) {
        throw std::logic_error("not a name for a " + std::string(type) + ": " + name);
    }
}

prometheus::ClientMetric to_client_metric(const Sample& sample) {
    prometheus::ClientMetric metric;
    for (const auto& [label, value] : sample.labels) {
        metric.label.push_back({label, value});
    }
    metric.gauge.value = sample.value;
    return metric;
}

}  // namespace

void Counter::add(double amount) const {
    if (child_ != nullptr) {
        child_->Increment(amount);
    }
}

double Counter::value() const {
    return child_ == nullptr ? 0 : child_->Value();
}

void Gauge::set(double value) const {
    if (child_ != nullptr) {
        child_->Set(value);
    }
}

void Gauge::add(double amount) const {
    if (child_ != nullptr) {
        child_->Increment(amount);
    }
}

double Gauge::value() const {
    return child_ == nullptr ? 0 : child_->Value();
}

void Histogram::observe(double value) const {
    if (child_ != nullptr) {
        child_->Observe(value);
    }
}

struct Metrics::State {
    // Notes the child; beyond the bound it becomes the one whose label values are all "other".
    Labels admit(const std::string& name, const std::string& type, Labels labels) {
        check_name(name, type);
        const std::lock_guard lock(mutex);
        auto& family = families.try_emplace(name, FamilyInfo{type, {}}).first->second;
        if (family.type != type) {
            throw std::logic_error(name + " is a " + family.type + " already");
        }
        if (family.children.size() >= kChildrenMax && !family.children.contains(labels)) {
            for (auto& [label, value] : labels) {
                value = "other";
            }
            return labels;
        }
        family.children.insert(labels);
        return labels;
    }

    prometheus::Registry registry;
    mutable std::mutex mutex;
    std::map<std::string, FamilyInfo> families;

    // Held while the callbacks run, so that a Subscription's destructor waits for its callback to end.
    std::mutex watch_mutex;
    std::map<std::uint64_t, Watch> watches;
    std::uint64_t last_watch = 0;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    const auto admitted = state_->admit(name, "counter", labels);
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    return Counter(&family.Add(admitted));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    const auto admitted = state_->admit(name, "gauge", labels);
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
    return Gauge(&family.Add(admitted));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                             const Labels& labels) {
    const auto admitted = state_->admit(name, "histogram", labels);
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    return Histogram(&family.Add(admitted, bounds));
}

Metrics::Subscription Metrics::watch(const std::string& name, const std::string& help, std::function<double()> read) {
    return watch_all(name, help, [read = std::move(read)] { return std::vector<Sample>{Sample{{}, read()}}; });
}

Metrics::Subscription Metrics::watch_all(const std::string& name, const std::string& help,
                                         std::function<std::vector<Sample>()> read) {
    state_->admit(name, "watched gauge", {});
    const std::lock_guard lock(state_->watch_mutex);
    const auto number = ++state_->last_watch;
    state_->watches.emplace(number, Watch{name, help, std::move(read)});
    return Subscription(this, number);
}

Metrics::Subscription::Subscription(Subscription&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), number_(other.number_) {}

Metrics::Subscription& Metrics::Subscription::operator=(Subscription&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(number_, other.number_);
    return *this;
}

Metrics::Subscription::~Subscription() {
    if (owner_ != nullptr) {
        const std::lock_guard lock(owner_->state_->watch_mutex);
        owner_->state_->watches.erase(number_);
    }
}

std::string Metrics::render() const {
    auto families = state_->registry.Collect();
    std::map<std::string, prometheus::MetricFamily> watched;
    {
        const std::lock_guard lock(state_->watch_mutex);
        for (const auto& [number, watch] : state_->watches) {
            auto& family = watched[watch.name];
            family.name = watch.name;
            family.help = watch.help;
            family.type = prometheus::MetricType::Gauge;
            try {
                for (const auto& sample : watch.read()) {
                    if (family.metric.size() < kChildrenMax) {
                        family.metric.push_back(to_client_metric(sample));
                    }
                }
            } catch (const std::exception& failure) {
                log::warn("metric could not be read", {{"metric", watch.name}, {"error", failure.what()}});
            }
        }
    }
    for (auto& [name, family] : watched) {
        families.push_back(std::move(family));
    }
    std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
    return prometheus::TextSerializer().Serialize(families);
}

std::vector<std::string> Metrics::names() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& [name, family] : state_->families) {
        names.push_back(name + " " + (family.type == "watched gauge" ? "gauge" : family.type));
    }
    return names;
}

}  // namespace lupaus::telemetry
