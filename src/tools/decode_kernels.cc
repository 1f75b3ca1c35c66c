#include "tools/decode_kernels.h"

#include <sys/utsname.h>

#include <utility>

#include "find/running_kernel.h"
#include "tools/debug_file_places.h"
#include "tools/decode_hint.h"
#include "tools/text_file.h"

namespace symline::tools {
namespace {

std::string uname_release() {
    utsname names{};
    return ::uname(&names) == 0 ? names.release : std::string();
}

std::string read_text(const std::string& path, Diagnostics& diagnostics) {
    auto text = read_text_file(path);
    if (!text) diagnostics.say("'" + path + "': cannot be read");
    return text ? std::move(*text) : std::string();
}

}  // namespace

DecodeKernels::DecodeKernels(const DecodeOptions& options, Diagnostics& diagnostics)
    : options_(options),
      diagnostics_(diagnostics),
      fetches_(options.fetch, diagnostics),
      running_release_(uname_release()) {
    fixed_ = !options.vmlinux.empty() || !options.release.empty();
    release_ = options.release;
    auto places = debug_file_options({.debug_files = options.debug_files,
                                      .debug_directories = options.debug_directories,
                                      .sysroot = options.sysroot,
                                      .packages = options.packages});
    places.fetch = fetches_.options();
    debug_files_ = std::make_shared<DebugFiles>(std::move(places));
    folders_.sysroot = debug_files_->options().sysroot;
    folders_.debug_directories = debug_files_->options().debug_directories;
    folders_.module_directories = options.modules;
    if (!options.kallsyms.empty()) {
        kallsyms_ = std::make_unique<Kallsyms>(read_text(options.kallsyms, diagnostics));
    }
    if (!options.modules_text.empty()) {
        loaded_ = parse_modules(read_text(options.modules_text, diagnostics));
    }
}

void DecodeKernels::take(const log::Facts& facts) {
    if (facts.begins_boot) {
        boot_seen_ = true;
        boot_slide_.reset();
        if (current_ != nullptr) {
            current_ = nullptr;
            ++generation_;
        }
    }
    if (!fixed_ && !facts.release.empty()) {
        move_to(facts.release, facts.kernel_build_id);
    } else if (!facts.kernel_build_id.empty()) {
        // Also the file that was asked for must be the one that the text is of.
        move_to(release_, facts.kernel_build_id);
    }
    if (facts.kaslr_offset && !options_.kaslr_offset) {
        boot_slide_ = LoadBias{*facts.kaslr_offset};
        Kernel& kernel = current();
        if (kernel.slide() != boot_slide_) {
            kernel.set_slide(boot_slide_);
            ++generation_;
        }
    }
}

void DecodeKernels::move_to(std::string_view release, std::string_view build_id) {
    // A line without the build id says nothing against one with it.
    const bool same = release == release_ && (build_id.empty() || build_id == build_id_);
    if (same) return;
    release_ = release;
    build_id_ = build_id;
    current_ = nullptr;
    ++generation_;
}

void DecodeKernels::settle_slide(Kernel& kernel) const {
    if (options_.kaslr_offset) {
        kernel.set_slide(LoadBias{*options_.kaslr_offset});
    } else {
        kernel.set_slide(boot_slide_);
    }
    if (kallsyms_ != nullptr) kernel.use(kallsyms_.get());
    kernel.use(loaded_);
}

Kernel& DecodeKernels::current() {
    if (current_ != nullptr) return *current_;
    const bool running = release_.empty() && options_.vmlinux.empty();
    const std::string& release = running ? running_release_ : release_;
    auto& kernel = kernels_[release + '\n' + build_id_];
    if (kernel == nullptr) {
        KernelOptions wanted{.vmlinux = options_.vmlinux,
                             .release = release,
                             .build_id = BuildId::parse(build_id_),
                             .running_build_id = {},
                             .folders = folders_,
                             .debug_files = debug_files_};
        const bool running_one = release == running_release_ && options_.sysroot.empty();
        if (running_one && debug_files_->may_fetch()) {
            wanted.running_build_id = find::running_kernel_build_id();
        }
        kernel = std::make_unique<Kernel>(std::move(wanted));
    }
    current_ = kernel.get();
    settle_slide(*current_);
    return *current_;
}

void DecodeKernels::use_running_kallsyms() {
    const bool running = !boot_seen_ && options_.sysroot.empty() && options_.vmlinux.empty() &&
                         (release_.empty() || release_ == running_release_);
    if (!running || kallsyms_ != nullptr || options_.kaslr_offset) return;
    kallsyms_ = std::make_unique<Kallsyms>(read_text_file("/proc/kallsyms").value_or(""));
    current().use(kallsyms_.get());
}

void DecodeKernels::refuse(KernelFile& file, const std::string& reason) {
    if (current().refused(file)) return;
    current().refuse(file, reason);
    ++generation_;
    tell();
}

void DecodeKernels::tell() {
    for (const auto& [name, kernel] : kernels_) {
        for (const std::string& notice : kernel->take_notices()) diagnostics_.say_once(notice);
    }
}

void DecodeKernels::tell(const std::vector<std::string>& notices) {
    for (const std::string& notice : notices) diagnostics_.say_once(notice);
}

void DecodeKernels::tell_missing() {
    for (const auto& [name, kernel] : kernels_) {
        const auto hint = missing_files_hint(*kernel, options_.sysroot);
        if (!hint.empty()) diagnostics_.say_once(hint);
    }
}

}  // namespace symline::tools
