// Lookups of one thread in a Module that several threads share.
//
//     const auto work = [&module](std::span<const symline::FileAddress> addresses) {
//         symline::ModuleReader reader = module.reader();
//         for (const auto address : addresses) show(reader.lookup(address));
//     };
#pragma once

#include <memory>

#include "symline/address.h"
#include "symline/error.h"
#include "symline/frame.h"

namespace symline {

class Module;

/// It has units and line tables of its own; files, sections and symbols are those of the Module,
/// which must outlive it. Answers live as long as the Module. Made by Module::reader().
class ModuleReader {
public:
    ModuleReader(ModuleReader&&) noexcept;
    ModuleReader& operator=(ModuleReader&&) noexcept;
    ~ModuleReader();

    /// The answer of Module::lookup. In a damaged file, or one whose debug information is in
    /// several files (.dwo), answers may depend on what was asked before by any thread, and threads
    /// wait for each other.
    [[nodiscard]] Expected<Lookup> lookup(FileAddress address, Detail detail = Detail::frames);
    /// The same for an address that may be a return address.
    [[nodiscard]] Expected<Lookup> lookup(FileAddress address, CodeKind kind,
                                          Detail detail = Detail::frames) {
        return lookup(lookup_address(address, kind), detail);
    }

private:
    friend class Module;
    struct State;
    explicit ModuleReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace symline
