#include "tools/nearest_word.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

namespace symline::tools {
namespace {

/// No word of a command line of ours is as long.
constexpr std::size_t kMaxSize = 32;

/// The optimal string alignment: two neighbours that changed places are one change.
std::size_t distance(std::string_view from, std::string_view to) {
    using Row = std::array<std::size_t, kMaxSize + 1>;
    Row two_above{}, above{}, row{};
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        two_above = std::exchange(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t change = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            const bool swapped =
                i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
        }
    }
    return row[to.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
    if (word.empty() || word.size() > kMaxSize) return {};
    std::string_view best;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string_view each : known) {
        if (each.size() > kMaxSize) continue;
        const auto count = distance(word, each);
        if (count >= least) continue;
        least = count;
        best = each;
    }
    // A third of the letters, and one in the shortest words.
    const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), best.size()) / 3);
    return least <= allowed ? best : std::string_view();
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const auto nearest = nearest_word(word, known);
    return nearest.empty() ? std::string() : "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace symline::tools
