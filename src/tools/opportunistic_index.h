// Makes the index of a file opportunistically: once having made it first would have been faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "symline/module.h"
#include "tools/diagnostics.h"

namespace symline::tools {

class OpportunisticIndex {
public:
    /// Nothing is made unless `use` is automatic.
    OpportunisticIndex(IndexUse use, bool quiet, Diagnostics& diagnostics);

    /// Counts more lookups in the module. True, once for each module, when there have been many and
    /// they took longer than making its index will take.
    bool is_time_after(const Module& module, std::size_t lookups = 1);
    /// Makes the index; says so, and why when it could not be written.
    void make(const Module& module);

private:
    struct Use {
        std::size_t lookups = 0;
        std::size_t next_look = 5000;  ///< when to think about it
        bool done = false;
    };

    bool wanted_;
    bool quiet_;
    Diagnostics& diagnostics_;
    double begun_;  ///< processor time, in seconds
    std::size_t lookups_ = 0;
    std::map<const Module*, Use> uses_;
};

}  // namespace symline::tools
