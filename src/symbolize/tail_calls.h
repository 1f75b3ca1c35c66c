// Functions that are missing in a stack because they ended in a tail call: they jumped to another
// function, which returns to their caller.
//
// The caller's call names a function, and the frame below it is in another one. What lies between
// is found among the tail calls that the compiler has listed (DWARF 5 section 3.4, DW_TAG_call_site
// with DW_AT_call_tail_call), where one chain of them alone leads from one to the other. gdb does
// the same (gdb/dwarf2/frame-tailcall.c).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "symline/address.h"
#include "symline/module.h"

namespace symline::symbolize {

struct CodePlace {
    const Module* module = nullptr;
    FileAddress address;
    friend bool operator==(const CodePlace&, const CodePlace&) = default;
};

/// A function that ended in a tail call, between two frames.
struct TailCall {
    CodePlace function;  ///< where it begins
    /// The address after its jump; nothing where it has more than one that may have led on.
    std::optional<FileAddress> site;
    friend bool operator==(const TailCall&, const TailCall&) = default;
};

/// Answers are remembered by the two places. For one thread at a time; modules must outlive it.
class TailCalls {
public:
    /// All files among which names are linked, where they are known; asked for once, when one of
    /// them is called by another.
    using LinkedModules = std::function<std::vector<const Module*>()>;
    explicit TailCalls(LinkedModules linked = {}) : ask_linked_(std::move(linked)) {}

    /// The functions that have run between the one that `callee` is in (an address to look up) and
    /// the call that returns to `caller`, innermost first: those of which it is certain. Mostly
    /// none.
    const std::vector<TailCall>& between(CodePlace caller, CodePlace callee);

private:
    struct Pair {
        CodePlace caller, callee;
        friend bool operator==(const Pair&, const Pair&) = default;
    };
    struct Hash {
        std::size_t operator()(const Pair& pair) const;
    };
    const std::vector<const Module*>& linked();

    LinkedModules ask_linked_;
    std::optional<std::vector<const Module*>> linked_;
    std::unordered_map<Pair, std::vector<TailCall>, Hash> known_;
};

}  // namespace symline::symbolize
