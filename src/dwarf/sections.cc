#include "dwarf/sections.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <utility>

#include "dwarf/unit.h"

namespace symline::dwarf {

Sections::Sections(const elf::ElfFile& file, CompanionFiles* companions, std::string prefix)
    : source_(std::make_unique<PlainSource>(file, companions)),
      budget_(source_->budget()),
      problems_(std::move(prefix)) {}

Sections::Sections(const SplitContents& split)
    : source_(std::make_unique<SplitSource>(split)),
      budget_(source_->budget()),
      problems_(split.file->path() + ": ", split.skeleton->sections().problems()) {}

Sections::Sections(std::unique_ptr<SectionSource> source)
    : source_(std::move(source)), budget_(source_->budget()), problems_(std::string()) {}

Sections::Sections(Sections& shared, std::atomic<bool>& given_up)
    : source_(std::make_unique<SharedSource>(shared, given_up)),
      budget_(source_->budget()),
      problems_(shared.problems_, given_up) {}

bool Sections::relocates_constants() const {
    const auto machine = file().machine();
    return file().relocatable() && skeleton() == nullptr &&
           (machine == llvm::ELF::EM_RISCV || machine == llvm::ELF::EM_LOONGARCH);
}

Sections* Sections::supplementary() {
    if (!std::exchange(looked_for_supplementary_, true)) {
        supplementary_ = source_->supplementary(problems_);
    }
    return supplementary_.get();
}

bool Sections::refuse_work() {
    note_problem("damaged debug information: the same parts are referred to far too often");
    return false;
}

void Sections::expect_all(std::uint64_t offset, std::uint64_t size) {
    const Bytes info = get(SectionId::info).bytes;
    const Bytes rest = base::tail(info, offset);
    source_->expect_all(info, rest.first(std::min<std::uint64_t>(size, rest.size())));
}

}  // namespace symline::dwarf
