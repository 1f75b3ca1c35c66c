#include "tools/opportunistic_index.h"

#include <ctime>

#include "tools/index_run.h"

namespace symline::tools {
namespace {

double processor_seconds() {
    timespec now{};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) return 0;
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Whether writing its index would not be refused: see ModuleIndex::write().
bool may_have_index(const Module& module) {
    const FoundBy way = module.files().found_by();
    if (way == FoundBy::gsym_file) return false;
    return module.build_id() || way == FoundBy::file_itself || way == FoundBy::debug_link;
}

}  // namespace

OpportunisticIndex::OpportunisticIndex(IndexUse use, bool quiet, Diagnostics& diagnostics)
    : wanted_(use == IndexUse::automatic),
      quiet_(quiet),
      diagnostics_(diagnostics),
      begun_(processor_seconds()) {}

bool OpportunisticIndex::is_time_after(const Module& module, std::size_t lookups) {
    constexpr std::size_t kBetweenLooks = 1024;
    if (!wanted_) return false;
    Use& use = uses_[&module];
    use.lookups += lookups;
    lookups_ += lookups;
    if (use.done || use.lookups < use.next_look) return false;
    use.next_look = use.lookups + kBetweenLooks;
    const bool possible = module.damage().empty() && may_have_index(module);
    const double share = static_cast<double>(use.lookups) / static_cast<double>(lookups_);
    const double spent = (processor_seconds() - begun_) * share;
    use.done = !possible || !module.index().path().empty();
    if (use.done || spent < module.index().seconds_to_write()) return false;
    return use.done = true;
}

void OpportunisticIndex::make(const Module& module) {
    const auto written = make_index(module, {}, quiet_, diagnostics_);
    if (!written || quiet_) return;
    diagnostics_.say("'" + module.path() + "': index written to '" + written->path +
                     "', for the next time");
}

}  // namespace symline::tools
