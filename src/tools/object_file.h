// Files of -e that are named in another way than by their path: "-" for standard input,
// "lib.a(member.o)", and "file:arch" for a part of a universal file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/mapped_file.h"
#include "base/memory_file.h"
#include "symline/error.h"
#include "symline/module.h"

namespace symline::tools {

struct ObjectFileRules {
    /// Chooses among members of one name, where the name of the file itself does not.
    std::string architecture;
    /// A member that is not just one is told of as LLVM's programs do.
    bool llvm_words = false;
};

class ObjectFile {
public:
    /// Nothing where `name` is none of these. Errors: of the archive, or that no member, or not
    /// just one, is meant.
    static std::optional<Expected<ObjectFile>> named(const std::string& name,
                                                     const ObjectFileRules& rules);

    base::Bytes bytes() const { return bytes_; }
    /// Its ELF file as a module; this object must outlive it.
    Expected<Module> module(const std::string& name, ModuleOptions options) const;
    const std::string& architecture() const { return architecture_; }
    /// Opens the file while this object lives, in other processes too. Empty where the system has
    /// no room for a copy.
    std::string path();

private:
    ObjectFile(base::MappedFile file, std::string architecture)
        : file_(std::move(file)), bytes_(file_.bytes()), architecture_(std::move(architecture)) {}

    static Expected<ObjectFile> standard_input();
    static Expected<ObjectFile> member(const std::string& archive, const std::string& name,
                                       ObjectFileRules rules);
    static Expected<ObjectFile> opened(std::string path, std::string architecture);

    base::MappedFile file_;
    base::Bytes bytes_;  ///< all of the file, or one member
    std::string architecture_;
    std::string path_;  ///< empty where it is a part of a file
    std::unique_ptr<base::MemoryFile> copy_;
};

}  // namespace symline::tools
