#include "tools/index_run.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "find/package/package_cache.h"
#include "gsym/index_store.h"
#include "output/terminal_text.h"
#include "tools/fetch_progress.h"
#include "tools/messages.h"

namespace symline::tools {
namespace {

std::string megabytes(std::uint64_t bytes) {
    const std::uint64_t tenths = (bytes + 50'000) / 100'000;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " MB";
}

std::string date(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    std::array<char, 32> text{};
    const bool known = ::localtime_r(&seconds, &parts) != nullptr &&
                       std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts) != 0;
    return known ? text.data() : "-";
}

/// In the words of GNU addr2line, where it has some, but for its warnings: here they are errors.
std::string index_failure(const Error& error, const std::string& path) {
    const bool none = error.code == ErrorCode::is_directory || error.code == ErrorCode::not_a_file;
    return none ? damage(error, path) : open_failure(error, path);
}

/// One index, or one package, a line: size, when it was last used, where it is.
template <typename Stored>
void append_stored(std::string& out, const Stored& stored) {
    const std::string size = megabytes(stored.size);
    out.append(size.size() < 10 ? 10 - size.size() : 0, ' ');
    out += size + "  " + date(stored.last_used) + "  ";
    output::append_visible(out, stored.path);
    out += '\n';
}

}  // namespace

std::optional<WrittenIndex> make_index(const Module& module, const std::string& directory,
                                       bool quiet, Diagnostics& diagnostics) {
    ProgressLine line(diagnostics.program());
    const auto progress = [&](std::uint64_t done, std::uint64_t all) {
        if (quiet || all == 0) return;
        line.show("index of " + module.path() + ", " + std::to_string(done * 100 / all) + "%");
    };
    auto written = module.index().write(directory, progress);
    line.end();
    if (written) return *std::move(written);
    explain_refusals(module, diagnostics);
    diagnostics.say(damage(written.error(), module.path()));
    return std::nullopt;
}

Index::Index(IndexOptions options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options_.fetch, diagnostics),
      files_(open_debug_files(options_.places, fetches_)) {
    if (options_.directory.empty()) options_.directory = gsym::default_directory();
}

bool Index::run() {
    if (options_.directory.empty()) {
        diagnostics_.say("no folder for indexes: neither XDG_CACHE_HOME nor HOME is set");
        return false;
    }
    bool succeeded = true;
    for (const std::string& path : options_.files) {
        succeeded = index(path) && succeeded;
        if (!output_.flush()) return succeeded;
    }
    if (options_.prune) succeeded = prune() && succeeded;
    if (options_.list) succeeded = list() && succeeded;
    return succeeded;
}

bool Index::index(const std::string& path) {
    const auto module = Module::open(path, {.debug_files = files_});
    if (!module) {
        diagnostics_.say(index_failure(module.error(), path));
        return false;
    }
    const auto written =
        make_index(*module, options_.directory, options_.fetch.quiet, diagnostics_);
    if (!written) return false;
    output::append_visible(output_.buffer(), path);
    output_.buffer() += ": ";
    output::append_visible(output_.buffer(), written->path);
    output_.buffer() += ", " + megabytes(written->size) + '\n';
    return true;
}

bool Index::list() {
    const auto stored = gsym::list(options_.directory);
    if (!stored) {
        diagnostics_.say(damage(stored.error(), options_.directory));
        return false;
    }
    for (const auto& each : *stored) append_stored(output_.buffer(), each);
    for (const auto& each : find::unpacked_packages(packages())) {
        append_stored(output_.buffer(), each);
    }
    return true;
}

/// The finder of packages has its folder in that of the indexes.
std::string Index::packages() const {
    return options_.directory + "/packages";
}

bool Index::prune() {
    gsym::Limits limits;
    limits.bytes = options_.max_bytes;
    if (options_.max_days) limits.age = std::chrono::days(*options_.max_days);
    const auto removed = gsym::prune(options_.directory, limits);
    if (!removed) {
        diagnostics_.say(damage(removed.error(), options_.directory));
        return false;
    }
    // Packages get what the indexes leave.
    for (const auto& each :
         gsym::list(options_.directory).value_or(std::vector<gsym::StoredIndex>{})) {
        limits.bytes -= std::min(limits.bytes, each.size);
    }
    const auto removed_packages = find::prune_packages(packages(), limits.bytes, limits.age);
    std::uint64_t freed = 0;
    const auto say = [&](const auto& each) {
        output_.buffer() += "removed ";
        append_stored(output_.buffer(), each);
        freed += each.size;
    };
    std::ranges::for_each(*removed, say);
    std::ranges::for_each(removed_packages, say);
    const std::size_t count = removed->size() + removed_packages.size();
    if (count > 0) output_.buffer() += "freed " + megabytes(freed) + '\n';
    return true;
}

}  // namespace symline::tools
