// The one way from an address of running code to source: whatever runs, or ran, and has addresses -
// a process, a core, a kernel, a kernel dump - is an AddressSpace.
//
//     symline::ResolvedAddress place =
//         space.resolve({{0xffffffff8187c733}, symline::CodeKind::after_call});
//     for (const symline::Frame& frame : place.lookup.frames) ...
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "symline/address.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/frame.h"
#include "symline/stack_trace.h"

namespace symline {

class Module;

/// What an address is. Views in `lookup` live as long as the AddressSpace.
struct ResolvedAddress {
    /// The file or kernel module that lies there, as the process or kernel names it: a path,
    /// "[vdso]", "vmlinux", "xfs"; empty when the address is in none.
    std::string module_name;
    std::optional<BuildId> build_id;  ///< of what lies there, where it is known
    std::uint64_t offset = 0;         ///< in bytes, from the first byte of that file or module
    const Module* module = nullptr;   ///< the file that answered; null when there is none
    FileAddress address;              ///< in `module`, not decremented
    /// As of Module::lookup at the call or the instruction; a Miss says also why there is no file.
    Lookup lookup;
    /// Why `module` could not be asked, because it is damaged; `lookup` then holds a Miss.
    std::optional<Error> error;
};

class AddressSpace {
public:
    virtual ~AddressSpace() = default;
    [[nodiscard]] virtual ResolvedAddress resolve(CodeAddress address,
                                                  Detail detail = Detail::frames) = 0;
    /// Fetches in parallel what resolving the frames of these stacks needs and this machine lacks;
    /// without it resolve() fetches each file when it comes to it. Does nothing where no server may
    /// be asked.
    virtual void prefetch(std::span<const StackTrace> stacks) { static_cast<void>(stacks); }

protected:
    AddressSpace() = default;
    AddressSpace(const AddressSpace&) = default;
    AddressSpace& operator=(const AddressSpace&) = default;
};

}  // namespace symline
