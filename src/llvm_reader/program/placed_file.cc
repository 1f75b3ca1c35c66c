#include "llvm_reader/program/placed_file.h"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace symline::llvm_reader {
namespace {

class Placement : public llvm::LoadedObjectInfo {
public:
    explicit Placement(const std::vector<std::uint64_t>& addresses) : addresses_(&addresses) {}

    std::uint64_t getSectionLoadAddress(const llvm::object::SectionRef& section) const override {
        const std::uint64_t index = section.getIndex();
        return index < addresses_->size() ? (*addresses_)[index] : 0;
    }
    std::unique_ptr<llvm::LoadedObjectInfo> clone() const override {
        return std::make_unique<Placement>(*this);
    }

private:
    const std::vector<std::uint64_t>* addresses_;
};

/// LLVM does not relocate .debug_aranges (19.1.7, 22.1.8), and would look for units by what it
/// says; without it, it goes by the ranges of the DIEs. `file` is of memory that can be written.
void hide_aranges(const llvm::object::ObjectFile& file) {
    for (const auto& section : file.sections()) {
        auto name = section.getName();
        if (!name) {
            llvm::consumeError(name.takeError());
        } else if (*name == ".debug_aranges") {
            *const_cast<char*>(name->data()) = '-';
        }
    }
}

}  // namespace

llvm::Expected<PlacedFile> PlacedFile::open(const std::string& path,
                                            std::vector<std::uint64_t> addresses) {
    auto mapped = llvm::MemoryBuffer::getFile(path);
    if (!mapped) return llvm::errorCodeToError(mapped.getError());
    auto copy = llvm::WritableMemoryBuffer::getNewUninitMemBuffer((*mapped)->getBufferSize(), path);
    if (copy == nullptr)
        return llvm::errorCodeToError(std::make_error_code(std::errc::not_enough_memory));
    std::ranges::copy((*mapped)->getBuffer(), copy->getBufferStart());
    auto file = llvm::object::ObjectFile::createObjectFile(copy->getMemBufferRef());
    if (!file) return file.takeError();
    hide_aranges(**file);
    PlacedFile placed;
    placed.addresses_ = std::move(addresses);
    placed.file_ = {std::move(*file), std::move(copy)};
    const Placement placement(placed.addresses_);
    const auto ignore = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
    using llvm::DWARFContext;
    placed.dwarf_ = DWARFContext::create(*placed.file_.getBinary(),
                                         DWARFContext::ProcessDebugRelocations::Process, &placement,
                                         "", ignore, ignore);
    return placed;
}

llvm::DIInliningInfo PlacedFile::code(llvm::object::SectionedAddress address,
                                      llvm::DILineInfoSpecifier specifier) {
    return dwarf_->getInliningInfoForAddress(address, specifier);
}

}  // namespace symline::llvm_reader
