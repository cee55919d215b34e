// From facts to findings: which state of a desk is a warning, which is a problem, and what an operator is told to do.
// `known`: the migrations that this program was built with.
#pragma once

#include "services/lupaus/doctor/types.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace lupaus::doctor {

inline constexpr std::chrono::seconds kQueueAgeMax{60};
inline constexpr std::chrono::minutes kDeliveryAgeMax{10};
inline constexpr std::chrono::hours kSilentAfter{72};  // over a weekend nobody is alarmed
inline constexpr std::chrono::hours kCertificateLeast = std::chrono::days{14};
inline constexpr std::chrono::minutes kSnapshotLastsMax{10};
inline constexpr std::int64_t kSnapshotAgeMax = 100'000;  // transactions whose dead rows cannot be removed
inline constexpr int kServerVersionLeast = 150'000;
inline constexpr std::uintmax_t kFreeBytesWarned = std::uintmax_t{2} << 30U;
inline constexpr std::uintmax_t kFreeBytesLeast = std::uintmax_t{256} << 20U;

std::vector<Finding> diagnose(const Facts& facts, std::span<const int> known);  // one finding for each check, in order

bool has_problem(const std::vector<Finding>& findings);
std::string_view to_string(Grade grade);

}  // namespace lupaus::doctor
