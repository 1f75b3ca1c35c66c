#include "symbolize/locate.h"

#include <filesystem>
#include <utility>

#include "base/path_in_root.h"
#include "dwarf/split_listing.h"
#include "elf/elf_file.h"
#include "find/alt_file.h"
#include "find/kernel_image.h"
#include "find/kernel_layout.h"
#include "find/kernel_names.h"
#include "symbolize/split_files.h"
#include "symline/module.h"

namespace symline::symbolize {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) {
    std::error_code failure;
    return fs::is_regular_file(path, failure);
}

/// A folder may have the name of a release (in /lib/modules). Anything else that is there is meant,
/// also what is no regular file, of which that is said.
bool is_no_folder(const std::string& path) {
    std::error_code failure;
    const auto status = fs::status(path, failure);
    return fs::exists(status) && !fs::is_directory(status);
}

/// Keeps what was refused and tried; the answer is what was found.
LocatedFile record(Located& located, FileSearch search) {
    for (auto& each : search.refused) located.refused.push_back(std::move(each));
    for (auto& each : search.tried) located.tried.push_back(std::move(each));
    return {std::move(search.path), search.found_by};
}

/// Where the sources of a file with debug information were compiled.
void find_sources(Located& located, const std::shared_ptr<DebugFiles>& files) {
    constexpr std::size_t kMaxTries = 200;
    if (located.debug.path.empty()) return;
    ModuleOptions options;
    options.debug_files = files;
    const auto module = Module::open(located.debug.path, std::move(options));
    const auto symbols = module ? module->symbols().all() : std::unexpected(module.error());
    if (!symbols) return;
    std::size_t tries = 0;
    for (const Symbol& symbol : *symbols) {
        if (symbol.type != SymbolType::function || !symbol.section) continue;
        if (++tries > kMaxTries) return;
        const auto lookup = module->lookup(symbol.address);
        if (!lookup || lookup->frames.empty()) continue;
        const SourceLocation& place = lookup->frames.back().location;
        if (place.compilation_directory_size < 2) continue;
        located.sources = place.file.substr(0, place.compilation_directory_size - 1);
        located.sources_here = is_file(std::string(place.file));
        return;
    }
}

/// The supplementary file of the debug file.
void find_alt(Located& located, DebugFiles& files) {
    const auto debug = elf::ElfFile::open(located.debug.path);
    const auto link = debug ? find::alt_link(*debug) : std::nullopt;
    if (!link) return;
    located.alt_name = link->file_name;
    auto search = find::find_alt_file(*debug, *link, files.options().debug_directories);
    for (auto& each : search.refused) located.refused.push_back(std::move(each));
    if (search.found) {
        located.alt = {search.found->path(), FoundBy::alt_link};
    } else {
        located.alt = record(located, files.debug_file(link->id));
    }
}

/// A program's split files alone.
class SplitsOfProgram : public dwarf::CompanionFiles {
public:
    SplitsOfProgram(find::SplitPlaces places, std::vector<Error>& refused)
        : files_(std::move(places), {},
                 [&refused](Error error) { refused.push_back(std::move(error)); }) {}

    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& file) override {
        return std::unexpected(Error{ErrorCode::not_found, file.path(), "not looked for"});
    }
    std::vector<const elf::ElfFile*> packages() override { return files_.packages(); }
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override {
        return files_.split(name, offer);
    }

private:
    SplitFiles files_;
};

void find_splits(Located& located, const DebugFiles& files) {
    const auto debug = elf::ElfFile::open(located.debug.path);
    if (!debug) return;
    find::SplitPlaces places{{located.debug.path}, files.options().debug_directories};
    const bool separate = !located.code.path.empty() && located.code.path != located.debug.path;
    if (separate) places.files.insert(places.files.begin(), located.code.path);
    SplitsOfProgram companions(std::move(places), located.refused);
    for (auto& each : dwarf::list_splits(*debug, companions)) {
        auto found_by = FoundBy::nothing;
        if (!each.path.empty())
            found_by = each.in_package ? FoundBy::split_package : FoundBy::split_file;
        located.splits.push_back({std::move(each.name), {std::move(each.path), found_by}});
    }
}

Located locate_program(const std::string& path, const std::shared_ptr<DebugFiles>& files) {
    Located located;
    ModuleOptions options;
    options.debug_files = files;
    const auto module = Module::open(path, std::move(options));
    if (!module) {
        located.problem = module.error().message;
        return located;
    }
    located.build_id = module->build_id();
    located.code = {path, FoundBy::file_itself};
    located.debug = {module->files().debug_path(), module->files().found_by()};
    const auto refused = module->files().refused();
    const auto tried = module->files().tried();
    located.refused.assign(refused.begin(), refused.end());
    located.tried.assign(tried.begin(), tried.end());
    return located;
}

Located locate_image(const std::string& path, const find::KernelImage& image, DebugFiles& files) {
    Located located;
    located.build_id = image.build_id;
    located.release = image.release;
    located.code = {path, FoundBy::file_itself};
    located.debug = record(located, files.kernel(image.release, image.build_id));
    return located;
}

/// The kernel in an installed file; nothing for one that is an ELF file.
std::optional<find::KernelImage> image_in(const std::string& path) {
    const auto mapped = base::MappedFile::open(path);
    if (!mapped || !find::is_kernel_image(mapped->bytes())) return std::nullopt;
    auto image = find::read_kernel_image(mapped->bytes());
    return image ? std::optional(std::move(*image)) : std::nullopt;
}

Located locate_file(const std::string& path, const std::shared_ptr<DebugFiles>& files) {
    const auto mapped = base::MappedFile::open(path);
    if (!mapped) return locate_program(path, files);
    const auto elf = elf::ElfFile::from_memory(path, mapped->bytes());
    // Image.gz is known as an image only when it is unpacked.
    const bool other = !elf && elf.error().code == ErrorCode::not_elf;
    if (other || find::is_kernel_image(mapped->bytes())) {
        const auto image = find::read_kernel_image(mapped->bytes());
        if (image) return locate_image(path, *image, *files);
        Located located;
        located.problem = image.error().message;
        return located;
    }
    Located located = locate_program(path, files);
    if (elf && located.problem.empty()) located.release = find::kernel_release(*elf);
    return located;
}

Located locate_build_id(const BuildId& id, DebugFiles& files) {
    Located located;
    located.build_id = id;
    located.code = record(located, files.code_file(id));
    located.debug = record(located, files.debug_file(id));
    return located;
}

/// The file of a kernel that is installed, not its debug file.
LocatedFile installed(std::string_view name, const std::string& release, DebugFiles& files) {
    find::KernelFolders folders(files.options());
    folders.debug_directories.clear();
    if (name == "vmlinux") {
        // ppc64el, riscv64 and some MIPS machines boot the unpacked kernel.
        for (const auto& place : {"/boot/vmlinuz-" + release, "/boot/vmlinux-" + release,
                                  "/lib/modules/" + release + "/vmlinuz"}) {
            auto path = base::path_in_root(folders.sysroot, place);
            if (path && is_file(*path)) return {std::move(*path), FoundBy::release_layout};
        }
        return {};
    }
    const auto found = find::ModuleFiles(folders, release, {}).named(name);
    return found.empty() ? LocatedFile{} : LocatedFile{found[0].path, found[0].found_by};
}

Located locate_kernel(const std::string& name, const std::string& release,
                      const std::shared_ptr<DebugFiles>& files) {
    Located located;
    located.code = installed(name, release, *files);
    if (auto image = image_in(located.code.path)) {
        image->release = release;
        auto same = locate_image(located.code.path, *image, *files);
        same.code.found_by = located.code.found_by;
        return same;
    }
    if (!located.code.path.empty()) {
        // The installed file has a build id; the name of a release does not give one.
        const auto same = locate_file(located.code.path, files);
        located.build_id = same.build_id;
    }
    located.release = release;
    located.debug = record(located, files->kernel_module(name, release, located.build_id));
    if (!located.build_id && !located.debug.path.empty()) {
        const auto file = elf::ElfFile::open(located.debug.path);
        if (file) located.build_id = file->build_id();
    }
    return located;
}

}  // namespace

Located locate(const std::string& what, const std::shared_ptr<DebugFiles>& files) {
    constexpr std::size_t kMinBuildIdSize = 8;
    const auto at = what.find('@');
    Located located;
    if (is_no_folder(what) || what.find('/') != std::string::npos) {
        located = locate_file(what, files);
    } else if (what.empty() || at == 0 || at + 1 == what.size()) {
        located.problem = "names no file, build id, release or MODULE@RELEASE";
    } else if (at != std::string::npos) {
        located = locate_kernel(what.substr(0, at), what.substr(at + 1), files);
    } else if (const auto id = BuildId::parse(what); id && id->bytes().size() >= kMinBuildIdSize) {
        located = locate_build_id(*id, *files);
    } else {
        located = locate_kernel("vmlinux", what, files);
    }
    if (!located.debug.path.empty()) {
        find_alt(located, *files);
        find_splits(located, *files);
    }
    find_sources(located, files);
    return located;
}

}  // namespace symline::symbolize
