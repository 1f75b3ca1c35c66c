#include "llvm_reader/program/symbolizer.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/DebugInfo/Symbolize/SymbolizableModule.h>
#include <llvm/DebugInfo/Symbolize/Symbolize.h>
#include <llvm/Object/MachOUniversal.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/TargetParser/Triple.h>

#include <optional>
#include <string>
#include <utility>

#include "llvm_reader/program/placed_file.h"

namespace symline::llvm_reader {
namespace {

using llvm::symbolize::LLVMSymbolizer;

ErrorCode code_of(std::error_code code) {
    if (code == std::errc::no_such_file_or_directory) return ErrorCode::not_found;
    if (code == std::errc::is_a_directory) return ErrorCode::is_directory;
    if (code == llvm::object::object_error::invalid_file_type) return ErrorCode::not_elf;
    return ErrorCode::malformed;
}

Error error_of(llvm::Error failure) {
    Error error;
    llvm::handleAllErrors(std::move(failure), [&](const llvm::ErrorInfoBase& info) {
        error = {code_of(info.convertToErrorCode()), {}, info.message()};
        // What LLVM says of a PDB that is none.
        if (error.message.ends_with(": Success")) {
            error.message.replace(error.message.size() - 7, 7, "damaged");
        }
    });
    return error;
}

LLVMSymbolizer::Options options_of(const OpenRequest& request) {
    using Paths = llvm::DILineInfoSpecifier::FileLineInfoKind;
    LLVMSymbolizer::Options options;
    switch (request.functions) {
        case FunctionNames::none: options.PrintFunctions = llvm::DINameKind::None; break;
        case FunctionNames::source: options.PrintFunctions = llvm::DINameKind::ShortName; break;
        case FunctionNames::linkage: options.PrintFunctions = llvm::DINameKind::LinkageName; break;
    }
    options.PathStyle = request.relative_paths ? Paths::RelativeFilePath : Paths::AbsoluteFilePath;
    options.Demangle = request.demangle;
    options.RelativeAddresses = request.relative_addresses;
    options.DefaultArch = request.architecture;
    options.DsymHints = request.dsym_hints;
    options.DebugFileDirectory = request.debug_directories;
    options.DWPName = request.split_package;
    return options;
}

const llvm::DILineInfoSpecifier kAllOfDwarf{
    llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath,
    llvm::DILineInfoSpecifier::FunctionNameKind::LinkageName};

std::string known(std::string text) {
    return text == llvm::DILineInfo::BadString ? std::string() : std::move(text);
}

Place place_of(const llvm::DILineInfo& info) {
    return {.function = known(info.FunctionName),
            .file = known(info.FileName),
            .line = info.Line,
            .column = info.Column,
            .discriminator = info.Discriminator,
            .declaration_file = known(info.StartFileName),
            .declaration_line = info.StartLine,
            .start = info.StartAddress};
}

std::vector<Place> places_of(const llvm::DIInliningInfo& info) {
    std::vector<Place> places;
    places.reserve(info.getNumberOfFrames());
    for (std::uint32_t i = 0; i < info.getNumberOfFrames(); ++i) {
        places.push_back(place_of(info.getFrame(i)));
    }
    return places;
}

Variable variable_of(const llvm::DILocal& local) {
    return {.function = local.FunctionName,
            .name = local.Name,
            .file = local.DeclFile,
            .line = local.DeclLine,
            .frame_offset = local.FrameOffset,
            .size = local.Size,
            .tag_offset = local.TagOffset};
}

llvm::object::SectionedAddress at(std::uint64_t address,
                                  std::optional<std::uint64_t> section = {}) {
    llvm::object::SectionedAddress place;
    place.Address = address;
    if (section) place.SectionIndex = *section;
    return place;
}

Opened opened_of(const llvm::object::ObjectFile& file) {
    return {.format = file.getFileFormatName().str(),
            .address_size = file.getBytesInAddress(),
            .llvm_version = std::to_string(LLVM_VERSION_MAJOR)};
}

/// What the file is; of a universal file, the part for `architecture`, or the first one.
llvm::Expected<Opened> look_at(const OpenRequest& request) {
    auto binary = llvm::object::createBinary(request.path);
    if (!binary) return binary.takeError();
    if (const auto* file = llvm::dyn_cast<llvm::object::ObjectFile>(binary->getBinary())) {
        return opened_of(*file);
    }
    const auto* universal = llvm::dyn_cast<llvm::object::MachOUniversalBinary>(binary->getBinary());
    if (universal == nullptr)
        return llvm::errorCodeToError(llvm::object::object_error::invalid_file_type);
    auto part = universal->getMachOObjectForArch(request.architecture);
    if (!part) return part.takeError();
    return opened_of(**part);
}

/// The first architecture of a universal file where none is asked for.
std::string architecture_of(const OpenRequest& request) {
    if (!request.architecture.empty()) return request.architecture;
    auto binary = llvm::object::createBinary(request.path);
    if (!binary) {
        llvm::consumeError(binary.takeError());
        return {};
    }
    const auto* universal = llvm::dyn_cast<llvm::object::MachOUniversalBinary>(binary->getBinary());
    if (universal == nullptr || universal->begin_objects() == universal->end_objects()) return {};
    return universal->begin_objects()->getArchFlagName();
}

}  // namespace

struct Symbolizer::State {
    State(const OpenRequest& request, Opened file)
        : path(request.path), opened(std::move(file)), llvm(options_of(request)) {}

    /// Of the file as it is where what it names, such as a PDB, cannot be read.
    template <typename Call>
    auto ask(const Call& call) {
        return plain.getBinary() != nullptr ? call(*plain.getBinary()) : call(path);
    }

    std::string path;
    Opened opened;
    llvm::object::OwningBinary<llvm::object::ObjectFile> plain;
    std::optional<PlacedFile> placed;
    LLVMSymbolizer llvm;
};

Symbolizer::Symbolizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Symbolizer::Symbolizer(Symbolizer&&) noexcept = default;
Symbolizer& Symbolizer::operator=(Symbolizer&&) noexcept = default;
Symbolizer::~Symbolizer() = default;

Expected<Symbolizer> Symbolizer::open(const OpenRequest& request) {
    OpenRequest chosen = request;
    chosen.architecture = architecture_of(request);
    auto opened = look_at(chosen);
    if (!opened) return std::unexpected(error_of(opened.takeError()));
    auto state = std::make_unique<State>(chosen, *std::move(opened));
    if (!request.section_addresses.empty()) {
        auto placed = PlacedFile::open(request.path, request.section_addresses);
        if (!placed) return std::unexpected(error_of(placed.takeError()));
        state->placed = std::move(*placed);
        return Symbolizer(std::move(state));
    }
    auto module = state->llvm.getOrCreateModuleInfo(state->path);
    if (module) return Symbolizer(std::move(state));
    const Error problem = error_of(module.takeError());
    auto plain = llvm::object::ObjectFile::createObjectFile(state->path);
    if (!plain) {
        llvm::consumeError(plain.takeError());
        return std::unexpected(problem);
    }
    state->plain = std::move(*plain);
    state->opened.problem = problem.message;
    return Symbolizer(std::move(state));
}

const Opened& Symbolizer::opened() const {
    return state_->opened;
}

Expected<std::vector<Place>> Symbolizer::code(std::uint64_t address,
                                              std::optional<std::uint64_t> section) {
    if (state_->placed) return places_of(state_->placed->code(at(address, section), kAllOfDwarf));
    auto found = state_->ask([&](const auto& file) {
        return state_->llvm.symbolizeInlinedCode(file, at(address, section));
    });
    if (!found) return std::unexpected(error_of(found.takeError()));
    return places_of(*found);
}

Expected<Datum> Symbolizer::data(std::uint64_t address) {
    auto found = state_->ask(
        [&](const auto& file) { return state_->llvm.symbolizeData(file, at(address)); });
    if (!found) return std::unexpected(error_of(found.takeError()));
    return Datum{.name = known(found->Name),
                 .start = found->Start,
                 .size = found->Size,
                 .file = found->DeclFile,
                 .line = found->DeclLine};
}

Expected<std::vector<Variable>> Symbolizer::variables(std::uint64_t address) {
    auto found = state_->ask(
        [&](const auto& file) { return state_->llvm.symbolizeFrame(file, at(address)); });
    if (!found) return std::unexpected(error_of(found.takeError()));
    std::vector<Variable> variables;
    for (const auto& local : *found) variables.push_back(variable_of(local));
    return variables;
}

Expected<std::vector<Place>> Symbolizer::symbol(const std::string& name, std::uint64_t offset) {
    auto found =
        state_->ask([&](const auto& file) { return state_->llvm.findSymbol(file, name, offset); });
    if (!found) return std::unexpected(error_of(found.takeError()));
    std::vector<Place> places;
    for (const auto& info : *found) places.push_back(place_of(info));
    return places;
}

}  // namespace symline::llvm_reader
