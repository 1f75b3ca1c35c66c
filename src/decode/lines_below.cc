#include "decode/lines_below.h"

#include <algorithm>
#include <string>
#include <vector>

namespace symline::decode {
namespace {

/// How far the line with the release may be from the first frame of its report, in bytes: "Modules
/// linked in" can be long, and the "CPU:" line stands after it.
constexpr std::size_t kMaxReport = std::size_t{32} * 1024;
/// Sizes in so many lines below a frame tell whether its file is of another build.
constexpr std::size_t kMaxLinesBelow = 64;
constexpr LineWindow::Reach kLinesBelow{kMaxLinesBelow, kMaxReport};
constexpr LineWindow::Reach kReportBelow{SIZE_MAX / 2, kMaxReport};

}  // namespace

std::string_view host_of(const WindowLine& line) {
    if (line.embedded != nullptr) {
        if (!line.embedded->host().empty()) return line.embedded->host();
        // The first of the lines has the prefix of all. There may be as many as the text has bytes.
        constexpr std::size_t kMaxFirst = 4096;
        const auto end =
            line.log_text.substr(0, kMaxFirst).find(log::EmbeddedText::kEscapedLineEnd);
        if (line.index != 0 && end != std::string_view::npos)
            return log_host(line.log_text.substr(0, end));
    }
    return log_host(line.line.text.substr(0, line.parsed->prefix.end()));
}

/// A report's first lines have frames; which kernel it is of stands a few lines below.
bool LinesBelow::awaits_release(const log::ParsedLine& parsed) const {
    if (kernels_.fixed() || !parsed.facts.release.empty()) return false;
    const bool of_report = parsed.occurrences.front().format == log::Format::oops;
    return of_report && (parsed.facts.begins_report || !kernels_.known());
}

/// Whether a line below is of the same machine, as far as it says.
bool LinesBelow::is_of_host(const WindowLine& line) const {
    const auto host = host_of(line);
    return host.empty() || host == kernels_.host();
}

/// True when there was one, or when the report's stack has begun without: a report that names its
/// kernel does it before.
bool LinesBelow::take_release() {
    std::size_t bytes = 0;
    for (const WindowLine& line : window_.lines()) {
        if (&line == &window_.front()) continue;
        bytes += line.line.text.size() + line.line.end.size();
        if (bytes > kMaxReport) return false;
        if (line.parsed == nullptr) continue;
        if (kernels_.known() && line.parsed->facts.begins_stack) return true;
        if (line.parsed->facts.release.empty()) continue;
        if (!is_of_host(line)) continue;
        log::Facts facts;
        facts.release = line.parsed->facts.release;
        facts.kernel_build_id = line.parsed->facts.kernel_build_id;
        kernels_.take(facts);
        return true;
    }
    return false;
}

/// An address without a symbol waits for where the kernel was loaded, which a panic says last.
bool LinesBelow::awaits_slide(const log::ParsedLine& parsed) {
    if (options_.kernel != nullptr || options_.slide || !options_.resolve_frames) return false;
    const auto is_bare = [](const log::Occurrence& each) {
        return each.address && each.symbol.empty() && !is_user(each);
    };
    return std::ranges::any_of(parsed.occurrences, is_bare) && !kernels_.current().slide();
}

/// A frame with its symbol, offset and address says where the kernel was loaded: what fault
/// handlers print without a symbol stands above the registers.
bool LinesBelow::learn_slide_from(const log::ParsedLine& line) {
    for (const log::Occurrence& each : line.occurrences) {
        if (!each.address || !each.offset || each.symbol.empty() || is_user(each)) continue;
        resolver_.entry(each);
        if (kernels_.current().slide()) return true;
    }
    return false;
}

/// The "Kernel Offset:" line of the report that the line at the front is in, before the next boot,
/// or a frame that tells it.
void LinesBelow::take_slide() {
    const auto& lines = window_.lines();
    const std::uint64_t first = lines.front().sequence;
    for (std::size_t i = std::max(slide_before_, first + 1) - first; i < lines.size(); ++i) {
        const WindowLine& line = lines[i];
        slide_before_ = line.sequence;
        if (line.parsed == nullptr) continue;
        const log::Facts& below = line.parsed->facts;
        if (below.begins_boot) return;
        if (host_of(line) != kernels_.host()) continue;
        if (!below.release.empty() && kernels_.is_other_release(below.release)) return;
        if (learn_slide_from(*line.parsed)) return;
        if (!below.kaslr_offset) continue;
        log::Facts facts;
        facts.kaslr_offset = below.kaslr_offset;
        kernels_.take(facts);
        return;
    }
}

std::optional<Decoder::Needs> LinesBelow::missing(const log::ParsedLine& parsed, MoreLines more) {
    const bool awaits = awaits_release(parsed);
    const bool fetches = kernels_.debug_files()->may_fetch();
    const bool moved = !awaits && awaits_slide(parsed);
    const bool far = awaits || fetches || moved;
    const bool whole = window_.look_ahead(1, far ? kReportBelow : kLinesBelow);
    if (moved) take_slide();
    if (awaits && take_release()) {
        if (awaits_slide(parsed)) take_slide();
        return std::nullopt;
    }
    if (whole || more == MoreLines::none_now) return std::nullopt;
    if (moved && kernels_.current().slide()) return std::nullopt;
    // A line that awaits the slide is worth the whole report, however long.
    if (!moved && window_.lines().size() > kMaxLinesBelow) return std::nullopt;
    return awaits ? Decoder::Needs::report : Decoder::Needs::lines;
}

void LinesBelow::expect_files() {
    if (window_.front().sequence < expected_before_) return;
    std::vector<kernel::ModuleName> modules;
    for (const WindowLine& line : window_.lines()) {
        expected_before_ = line.sequence + 1;
        if (line.parsed == nullptr) continue;
        for (const log::Occurrence& each : line.parsed->occurrences) {
            if (each.module.empty() || each.build_id.empty()) continue;
            modules.push_back({std::string(each.module), std::string(each.build_id)});
        }
    }
    kernels_.current().expect(modules);
}

/// False where other files count for the lines from this one on.
bool LinesBelow::count_sizes_of(const WindowLine& line) {
    if (line.parsed == nullptr || line.line.text.size() > kMaxReport) return true;
    const std::string_view release = line.parsed->facts.release;
    if (line.parsed->facts.begins_boot) return false;
    const auto has_size = [](const log::Occurrence& each) { return each.size.has_value(); };
    const bool has_sizes = std::ranges::any_of(line.parsed->occurrences, has_size);
    if ((!has_sizes && release.empty()) || !is_of_host(line)) return true;
    if (!release.empty() && kernels_.is_other_release(release)) return false;
    for (const log::Occurrence& each : line.parsed->occurrences) resolver_.count_size(each);
    return true;
}

void LinesBelow::count_sizes() {
    const auto& lines = window_.lines();
    const std::uint64_t first = lines.front().sequence;
    const std::uint64_t from = std::max(counted_before_, first + 1);
    for (std::size_t i = from - first; i < lines.size() && i <= kMaxLinesBelow; ++i) {
        if (!count_sizes_of(lines[i])) return;
        counted_before_ = lines[i].sequence + 1;
    }
}

}  // namespace symline::decode
