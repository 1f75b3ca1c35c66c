#include "decode/kernels_of_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kernel/missing_files.h"

namespace symline::decode {
namespace {

/// A collector of more machines than that begins anew.
constexpr std::size_t kMaxHosts = 1024;

/// In front of the key of a kernel that is the running one as long as the text names no other.
constexpr std::string_view kRunning = "running ";

/// The next word of a text that words are taken off.
std::string_view take_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// "<4>1", "1"
bool is_version_1(std::string_view word) {
    if (word.starts_with('<')) word.remove_prefix(std::min(word.find('>') + 1, word.size()));
    return word == "1";
}

/// Of "<4>1 2024-09-20T22:59:50.819113Z gamma kernel - - - ".
std::string_view rfc5424_host(std::string_view prefix) {
    if (!is_version_1(take_word(prefix))) return {};
    constexpr std::size_t kDate = std::string_view("2024-09-20").size();
    const auto time = take_word(prefix);
    if (time.size() <= kDate || time[kDate] != 'T') return {};
    const auto host = take_word(prefix);
    return host == "-" ? std::string_view{} : host;
}

}  // namespace

std::string_view log_host(std::string_view prefix) {
    if (prefix.empty()) return {};
    if (const auto host = rfc5424_host(prefix); !host.empty()) return host;
    const auto mark = prefix.find(" kernel:");
    if (mark == std::string_view::npos) return {};
    const auto before = prefix.substr(0, mark);
    const auto word = before.substr(before.rfind(' ') + 1);
    // OpenWrt's logread prints "kern.warn kernel:", and a host nowhere.
    return before.size() == word.size() || word.starts_with("kern.") ? std::string_view{} : word;
}

KernelsOfText::KernelsOfText(const DecoderOptions& options, kernel::RunningKernel running)
    : options_(options),
      debug_files_(options.debug_files),
      fixed_(options.kernel != nullptr || !options.vmlinux.empty() || !options.release.empty()),
      running_(std::move(running)) {
    if (debug_files_ == nullptr) debug_files_ = std::make_shared<DebugFiles>();
    if (options.kallsyms) {
        kallsyms_ = std::make_unique<kernel::Kallsyms>(*options.kallsyms);
    }
    if (options.modules) {
        loaded_ = std::make_unique<kernel::LoadedModules>(*options.modules);
    }
    if (options.kernel != nullptr) given_ = &kernel::kernel_of(*options.kernel);
    writer_ = &writers_[{}];
    writer_->release = given_ == nullptr ? options.release : given_->options().release;
    writer_->wanted_release = wanted_release();
    writer_->kernel = given_;
}

void KernelsOfText::set_host(std::string_view host) {
    if (host.empty() || host == host_ || given_ != nullptr) return;
    if (writer_->kernel != nullptr) writer_->slide = writer_->kernel->slide();
    const bool inherits = host_.empty();
    const Writer last = *writer_;
    if (writers_.size() >= kMaxHosts && !writers_.contains(host)) writers_.clear();
    host_ = host;
    const auto [known, fresh] = writers_.try_emplace(host_);
    writer_ = &known->second;
    if (fresh && inherits) *writer_ = last;
    if (fresh && !inherits) {
        writer_->release = options_.release;
        writer_->wanted_release = wanted_release();
        change();
    }
    if (writer_->kernel != nullptr) writer_->kernel->set_slide(writer_->slide);
}

/// Under Xen a paravirtualised kernel's code segment is 0xe030 (FLAT_KERNEL_CS).
void KernelsOfText::take_native_instructions(const log::Facts& facts) {
    constexpr std::uint32_t kNativeSegment = 0x10;
    const bool before = has_native_instructions();
    if (facts.begins_boot) writer_->has_started = writer_->is_native = false;
    writer_->has_started = writer_->has_started || facts.has_started;
    if (facts.kernel_segment != 0) writer_->is_native = facts.kernel_segment == kNativeSegment;
    if (has_native_instructions() != before) change();
}

void KernelsOfText::take(const log::Facts& facts) {
    if (given_ != nullptr) return take_native_instructions(facts);
    if (facts.begins_boot) {
        writer_->boot_seen = true;
        writer_->slide.reset();
        writer_->slides.clear();
        writer_->kernel = nullptr;
        change();
    }
    if (!facts.release.empty()) {
        writer_->told_release = facts.release;
        compare_release(facts.release);
    }
    if (is_other(facts)) forget_running();
    if (!fixed_ && !facts.release.empty()) {
        move_to(facts.release, facts.kernel_build_id);
    } else if (!facts.kernel_build_id.empty() || wanted_release() != writer_->wanted_release) {
        // Also the file that was asked for must be the one that the text is of.
        move_to(writer_->release, facts.kernel_build_id);
    }
    take_native_instructions(facts);
    if (!facts.kaslr_offset || options_.slide) return;
    const LoadBias told{*facts.kaslr_offset};
    if (writer_->slide == told) return;
    writer_->slide = told;
    if (writer_->kernel != nullptr) writer_->kernel->set_slide(told);
    change();
}

bool KernelsOfText::is_other(const log::Facts& facts) const {
    if (!facts.release.empty() && facts.release != running_.release()) return true;
    if (facts.kernel_build_id.empty()) return false;
    const auto told = BuildId::parse(facts.kernel_build_id);
    return told && running_.build_id() && told != running_.build_id();
}

/// Two kernels of one release may differ, those of two releases do. The file was named: it is used,
/// and not in silence.
void KernelsOfText::compare_release(std::string_view told) {
    if (options_.vmlinux.empty() || compares_told_release()) return;
    const std::string own = current().files().release();
    if (own.empty() || own == told) return;
    std::string what =
        "kernel " + own + ", the text of " + std::string(told) + ": lines may be wrong";
    notices_.add(
        {Notice::Kind::other_kernel, {ErrorCode::mismatch, options_.vmlinux, std::move(what)}});
}

std::string KernelsOfText::wanted_release() const {
    if (!options_.release_mismatch) return {};
    return options_.release.empty() ? writer_->told_release : options_.release;
}

/// Lines that name no kernel are not of the running one where others name another.
void KernelsOfText::forget_running() {
    if (std::exchange(names_other_, true)) return;
    for (auto& [host, writer] : writers_) {
        if (!writer.release.empty() || !options_.vmlinux.empty()) continue;
        writer.kernel = nullptr;
        writer.generation = ++generations_;
    }
}

void KernelsOfText::move_to(std::string_view release, std::string_view build_id) {
    // A line without the build id says nothing against one with it.
    std::string wanted = wanted_release();
    const bool same_release = release == writer_->release && wanted == writer_->wanted_release;
    if (same_release && (build_id.empty() || build_id == writer_->build_id)) return;
    if (writer_->kernel != nullptr) writer_->slide = writer_->kernel->slide();
    // A kernel that was only assumed is this one.
    const bool assumed =
        same_release || (fixed_ ? writer_->wanted_release.empty() : writer_->release.empty());
    if (writer_->slides.size() >= kMaxHosts) writer_->slides.clear();
    writer_->slides[writer_->key()] = writer_->slide;
    writer_->release = release;
    writer_->build_id = build_id;
    writer_->wanted_release = std::move(wanted);
    writer_->kernel = nullptr;
    if (!assumed) {
        writer_->slide = writer_->slides[writer_->key()];
        writer_->has_started = writer_->is_native = false;
    }
    change();
}

std::unique_ptr<kernel::LoadedKernel> KernelsOfText::make_kernel() const {
    KernelOptions wanted{
        .vmlinux = options_.vmlinux,
        .release = writer_->release.empty() ? writer_->wanted_release : writer_->release,
        .build_id = BuildId::parse(writer_->build_id),
        .module_directories = options_.module_directories,
        .debug_files = debug_files_};
    kernel::KernelFileRules rules{.running_build_id = {},
                                  .use_other_builds = options_.mismatch == BuildMismatch::warn,
                                  .use_other_releases = {}};
    if (options_.release_mismatch) {
        rules.use_other_releases = options_.release_mismatch == BuildMismatch::warn;
    }
    const bool here = sysroot().empty();
    if (wanted.release.empty() && wanted.vmlinux.empty() && here && !names_other_) {
        wanted.release = running_.release();
        if (!wanted.build_id) wanted.build_id = running_.build_id();
    } else if (here && debug_files_->may_fetch() && wanted.release == running_.release()) {
        rules.running_build_id = running_.build_id();
    }
    return std::make_unique<kernel::LoadedKernel>(std::move(wanted), std::move(rules));
}

kernel::LoadedKernel& KernelsOfText::current() {
    if (writer_->kernel != nullptr) return *writer_->kernel;
    const bool may_run_here = writer_->release.empty() && !names_other_;
    auto& kernel = kernels_[may_run_here ? std::string(kRunning) + writer_->key() : writer_->key()];
    if (kernel == nullptr) kernel = make_kernel();
    writer_->kernel = kernel.get();
    kernel->set_slide(options_.slide ? options_.slide : writer_->slide);
    kernel->use(loaded_.get());
    kernel->use(kallsyms_.get());
    writer_->slide = kernel->slide();
    return *kernel;
}

unsigned KernelsOfText::generation() {
    const kernel::LoadedKernel* kernel = writer_->kernel;
    if (kernel == nullptr) return writer_->generation;
    // What was learned answers questions that had no answer before; what was refused takes answers
    // back.
    if (kernel->slide() != writer_->slide || kernel->refusals() != writer_->refusals) {
        writer_->slide = kernel->slide();
        writer_->refusals = kernel->refusals();
        change();
    }
    return writer_->generation;
}

bool KernelsOfText::may_be_running() const {
    if (given_ != nullptr || writer_->boot_seen || !sysroot().empty()) return false;
    if (writer_->release.empty() && names_other_) return false;
    if (kallsyms_ != nullptr || loaded_ != nullptr || options_.slide) return false;
    if (!writer_->release.empty() && writer_->release != running_.release()) return false;
    const auto told = BuildId::parse(writer_->build_id);
    return !told || !running_.build_id() || told == running_.build_id();
}

void KernelsOfText::use_running() {
    if (!may_be_running()) return;
    kernel::LoadedKernel& kernel = current();
    kernel::KernelFile* file = kernel.vmlinux();
    const auto own = file == nullptr ? std::nullopt : file->module.build_id();
    // Where there is no vmlinux of it, the modules may be of another build as well.
    if (running_.build_id() && own != running_.build_id()) return;
    // A file that was asked for by name may be of any kernel.
    if (!options_.vmlinux.empty() && !(own && running_.build_id())) return;
    if (!std::exchange(tried_running_, true)) {
        running_kallsyms_ = std::make_unique<kernel::Kallsyms>(running_.kallsyms());
        running_modules_ = std::make_unique<kernel::LoadedModules>(running_.modules());
    }
    if (kernel.use(running_kallsyms_.get())) kernel.use(running_modules_.get());
}

void KernelsOfText::refuse(kernel::KernelFile& file, const std::string& reason) {
    if (current().refused(file)) return;
    current().refuse(file, reason);
}

std::vector<Notice> KernelsOfText::take_notices() {
    std::vector<Notice> notices = notices_.take();
    for (const auto& [name, kernel] : kernels_) {
        if (kernel->has_notices())
            std::ranges::move(kernel->take_notices(), std::back_inserter(notices));
    }
    return notices;
}

std::vector<MissingFiles> KernelsOfText::missing_files() const {
    std::vector<MissingFiles> all;
    const auto add = [&](const kernel::LoadedKernel& kernel) {
        if (auto missing = kernel::missing_files(kernel)) all.push_back(std::move(*missing));
    };
    if (given_ != nullptr) add(*given_);
    for (const auto& [name, kernel] : kernels_) add(*kernel);
    return all;
}

}  // namespace symline::decode
