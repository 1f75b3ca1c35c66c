#include "symline/module_files.h"

#include "symbolize/module_parts.h"

namespace symline {

const std::string& ModuleFiles::debug_path() const {
    return parts_->files.debug_path();
}

FoundBy ModuleFiles::found_by() const {
    return parts_->files.found_by();
}

std::vector<Error> ModuleFiles::refused() const {
    return parts_->files.refused();
}

std::span<const TriedPlace> ModuleFiles::tried() const {
    return parts_->files.tried();
}

}  // namespace symline
