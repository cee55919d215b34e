#include "services/courier/chance.hpp"

#include <random>

namespace lupaus::courier {

double random_chance() {
    static thread_local std::mt19937 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace lupaus::courier
