#include "symline/module.h"

#include <utility>

#include "find/elf_wrapper.h"
#include "find/finder_list.h"
#include "find/kernel_image.h"
#include "symbolize/batch.h"
#include "symbolize/module_parts.h"
#include "symbolize/open_module.h"

namespace symline {
namespace {

/// vmlinux of a kernel image, which holds the kernel without symbols.
Expected<elf::ElfFile> open_kernel_of(std::string path, DebugFiles& files) {
    const auto mapped = base::MappedFile::open(path);
    if (!mapped) return std::unexpected(mapped.error());
    const auto image = find::read_kernel_image(mapped->bytes());
    if (!image) return std::unexpected(Error{image.error().code, path, image.error().message});
    find::WantedFile wanted;
    wanted.build_id = image->build_id;
    wanted.kernel_name = "vmlinux";
    wanted.kernel_release = image->release;
    auto search = find::finders_of(files).find(wanted);
    if (search.file) return std::move(*search.file);
    std::string message = "a kernel image";
    if (!image->release.empty()) message += " of " + image->release;
    message += "; no debug file found";
    if (image->build_id) message += " for build id " + image->build_id->hex();
    return std::unexpected(Error{ErrorCode::unsupported, std::move(path), std::move(message)});
}

/// MIPS' vmlinuz and the like: an ELF file that has nothing to say of itself. One with symbols may
/// be meant for what they name.
bool is_stripped_wrapper(const elf::ElfFile& file) {
    return file.section(".symtab") == nullptr && find::is_elf_wrapper(file);
}

}  // namespace

struct ModuleReader::State {
    explicit State(symbolize::Readers& from) : readers(from), reader(from) {}

    symbolize::Readers& readers;
    symbolize::BorrowedReader reader;
};

ModuleReader::ModuleReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ModuleReader::ModuleReader(ModuleReader&&) noexcept = default;
ModuleReader& ModuleReader::operator=(ModuleReader&&) noexcept = default;
ModuleReader::~ModuleReader() = default;

Expected<Lookup> ModuleReader::lookup(FileAddress address, Detail detail) {
    return state_->readers.lookup(*state_->reader, address, detail);
}

namespace {

/// `problem` is empty where there is no index at all.
Error index_error(const std::string& path, const std::string& problem) {
    if (problem.empty()) return {ErrorCode::no_index, path, "no index of it"};
    return {ErrorCode::unusable_index, path, "its index: " + problem};
}

/// Names what of a Module is protected.
struct ModuleAccess : Module {
    using Module::Parts;
};

}  // namespace

Expected<Module> symbolize::open_module(elf::ElfFile file, ModuleOptions options,
                                        std::optional<SeparateFile> separate) {
    auto parts = std::make_unique<ModuleAccess::Parts>(std::move(file), std::move(options),
                                                       std::move(separate));
    IndexFile& index = parts->index;
    if (index.use() == IndexUse::require && index.path().empty()) {
        return std::unexpected(index_error(parts->code().path(), index.problem()));
    }
    return ModuleAccess::Parts::module_of(std::move(parts));
}

const elf::ElfFile& symbolize::code_file(const Module& module) {
    return ModuleAccess::Parts::of(module).code();
}

const elf::ElfFile* symbolize::debug_file(const Module& module) {
    return ModuleAccess::Parts::of(module).files.debug();
}

Module::Module(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Expected<Module> Module::open(std::string path, ModuleOptions options) {
    auto file = elf::ElfFile::open(path);
    const bool wrapper = file && is_stripped_wrapper(*file);
    const bool other = !file && file.error().code == ErrorCode::not_elf;
    if ((wrapper || other) && options.find_debug_file) {
        if (options.debug_files == nullptr) {
            options.debug_files = symbolize::FileSet::default_places(options);
        }
        auto kernel = open_kernel_of(std::move(path), *options.debug_files);
        // A wrapper is an ELF file all the same.
        if (kernel || !wrapper) file = std::move(kernel);
    }
    if (!file) return std::unexpected(std::move(file.error()));
    return symbolize::open_module(std::move(*file), std::move(options));
}

const std::string& Module::path() const {
    return parts_->code().path();
}
std::optional<BuildId> Module::build_id() const {
    return parts_->code().build_id();
}

ModuleElf Module::elf() const {
    return ModuleElf(parts_->elf_view);
}
ModuleSections Module::sections() const {
    return ModuleSections(parts_->sections_view);
}
ModuleSymbols Module::symbols() const {
    return ModuleSymbols(parts_->symbols_view);
}
ModuleFiles Module::files() const {
    return ModuleFiles(parts_->files_view);
}
ModuleIndex Module::index() const {
    return ModuleIndex(parts_->index_view);
}

std::string_view Module::damage() const {
    return parts_->readers.damage();
}

Expected<Lookup> Module::lookup(FileAddress address, Detail detail) const {
    return parts_->readers.lookup(address, detail);
}

ModuleReader Module::reader() const {
    return ModuleReader(std::make_unique<ModuleReader::State>(parts_->readers));
}

void Module::lookup_many(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                         const AnswerSink& sink) const {
    if (!sink) return;
    symbolize::Batch(parts_->readers, addresses, detail, sink).run(parts_->sources(), jobs);
}

std::vector<Expected<Lookup>> Module::lookup_all(std::span<const FileAddress> addresses,
                                                 Detail detail, unsigned jobs) const {
    std::vector<Expected<Lookup>> answers(addresses.size());
    lookup_many(addresses, detail, jobs,
                [&](const Answer& answer) { answers[answer.index] = answer.lookup; });
    return answers;
}

}  // namespace symline
