// Damaged copies of the fixtures, and what the fuzz targets have found: none may crash, take long
// or take much memory.
//
//   symline_damage FIXTURES REGRESSIONS COPIES     asks everything of COPIES damaged files and all
//   regressions symline_damage --write FIXTURES FOLDER COPIES  writes damaged files for other
//   programs to open
#include <sys/resource.h>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "damage.h"
#include "elf/elf_file.h"
#include "find/alt_file.h"
#include "probe.h"
#include "section_image.h"

namespace {

namespace fs = std::filesystem;
using namespace symline::fuzz;
using Image = std::vector<std::uint8_t>;

constexpr double kMaxSeconds = 10;
constexpr long kMaxKilobytes = 1L << 20;

// What the process is at, for the message of a crash.
char current[512];

extern "C" void report(int signal) {
    const auto ignored = ::write(2, current, std::char_traits<char>::length(current));
    static_cast<void>(ignored);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

Image read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Image(std::istreambuf_iterator<char>(file), {});
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
}

/// A file, and the supplementary file beside it that dwz made it link to.
struct Fixture {
    Image image, supplementary;
};

Image supplementary_of(const fs::path& path, const Image& image) {
    const auto file = symline::elf::ElfFile::from_memory(path, image);
    const auto link = file ? symline::find::alt_link(*file) : std::nullopt;
    return link ? read(path.parent_path() / link->file_name) : Image{};
}

std::vector<Fixture> fixtures(const fs::path& folder) {
    constexpr std::uintmax_t kLargest = 65536;
    std::vector<Fixture> images;
    for (const fs::path& path : files_in(folder)) {
        Image image = fs::file_size(path) <= kLargest ? read(path) : Image{};
        const bool elf = image.size() > 64 && image[0] == 0x7f && image[1] == 'E';
        if (!elf) continue;
        Image supplementary = supplementary_of(path, image);
        images.push_back({std::move(image), std::move(supplementary)});
    }
    return images;
}

Findings probe_all(const Image& image, const Image& supplementary = {}) {
    Findings found = probe_elf(image);
    found += probe_dwarf(image, supplementary);
    found += probe_units(image, supplementary);
    return found;
}

/// Of a pair of files the one, the other, or both are damaged.
Fixture damaged_fixture(const Fixture& whole, std::uint64_t seed, std::uint64_t round) {
    if (whole.supplementary.empty()) return {damaged(whole.image, seed), {}};
    Fixture result = whole;
    if (round % 3 != 0) result.image = damaged(whole.image, seed);
    if (round % 3 != 1) result.supplementary = damaged(whole.supplementary, seed + 1);
    return result;
}

long kilobytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/// Runs `probe`, and says so when it took too much.
template <typename Probe>
bool bounded(const std::string& what, Probe probe) {
    std::snprintf(current, sizeof current, "\nat %s\n", what.c_str());
    ::alarm(60);
    const auto start = std::chrono::steady_clock::now();
    probe();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    ::alarm(0);
    if (taken.count() <= kMaxSeconds && kilobytes() <= kMaxKilobytes) return true;
    std::fprintf(stderr, "%s: %.1f s, %ld KB\n", what.c_str(), taken.count(), kilobytes());
    return false;
}

void replay(const fs::path& path) {
    const Image input = read(path);
    const std::string target = path.parent_path().filename();
    if (target == "demangle") {
        probe_demangle({reinterpret_cast<const char*>(input.data()), input.size()});
    } else if (target == "dwarf_sections") {
        const Image image = build_image(split(input));
        probe_units(image);
        probe_dwarf(image);
    } else {
        probe_all(input);
    }
}

int run(const fs::path& folder, const fs::path& regressions, std::uint64_t copies) {
    const auto images = fixtures(folder);
    bool good = !images.empty();
    Findings whole, damage;
    for (const Fixture& each : images) whole += probe_all(each.image, each.supplementary);
    for (std::uint64_t seed = 0; seed < copies && !images.empty(); ++seed) {
        const Fixture copy =
            damaged_fixture(images[seed % images.size()], seed, seed / images.size());
        const std::string what = "damaged copy " + std::to_string(seed);
        good &= bounded(what, [&] { damage += probe_all(copy.image, copy.supplementary); });
    }
    std::size_t replayed = 0;
    for (const fs::path& path : files_in(regressions)) {
        good &= bounded(path.string(), [&] { replay(path); });
        ++replayed;
    }
    std::printf(
        "%zu fixtures: %zu frames, %zu with a name\n%zu damaged copies: %zu sections, %zu symbols, "
        "%zu frames, "
        "%zu with a name\n%zu regressions; %ld KB\n",
        images.size(), std::size_t{whole.frames}, std::size_t{whole.named_frames},
        std::size_t{copies}, std::size_t{damage.sections}, std::size_t{damage.symbols},
        std::size_t{damage.frames}, std::size_t{damage.named_frames}, replayed, kilobytes());
    // Damage that leaves nothing to answer would test nothing.
    const bool answers = whole.named_frames > 100 && damage.named_frames > 100 &&
                         whole.variables > 100 && damage.variables > 100;
    if (!answers) std::fputs("too few answers: the probes reach nothing\n", stderr);
    return good && answers ? 0 : 1;
}

int write_copies(const fs::path& folder, const fs::path& output, std::uint64_t copies) {
    const auto images = fixtures(folder);
    if (images.empty()) return 1;
    fs::create_directories(output);
    for (std::uint64_t seed = 0; seed < copies; ++seed) {
        const Image image = damaged(images[seed % images.size()].image, seed);
        std::ofstream file(output / ("damaged-" + std::to_string(seed)), std::ios::binary);
        file.write(reinterpret_cast<const char*>(image.data()),
                   static_cast<std::streamsize>(image.size()));
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGALRM})
        std::signal(signal, report);
    if (arguments.size() == 4 && arguments[0] == "--write") {
        return write_copies(arguments[1], arguments[2], std::stoull(arguments[3]));
    }
    if (arguments.size() == 3) return run(arguments[0], arguments[1], std::stoull(arguments[2]));
    std::fputs("symline_damage [--write] FIXTURES FOLDER COPIES\n", stderr);
    return 2;
}
