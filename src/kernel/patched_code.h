// Where the code of a running kernel may differ from its file: what it patches when it boots, and
// what loading a module fills in.
#pragma once

#include <cstdint>
#include <vector>

#include "symline/module.h"

namespace symline::kernel {

class PatchedCode {
public:
    /// Reads the alternatives of vmlinux or a module, and a module's relocations. `module` is not
    /// kept.
    explicit PatchedCode(const Module& module);

    /// Whether a byte of [address, address + size) is in the field of a relocation or in an
    /// instruction that the kernel replaces by an alternative.
    bool holds(FileAddress address, std::uint64_t size) const;

private:
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };
    void read_relocations(const Module& module);
    void read_alternatives(const Module& module);
    void order();

    std::vector<Range> ranges_;  ///< by where they begin, without overlaps
};

}  // namespace symline::kernel
