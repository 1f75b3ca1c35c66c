// For the rooms above: the parts of the public Kernel.
#pragma once

#include "kernel/kernel.h"
#include "symline/kernel.h"

namespace symline::kernel {

struct KernelAccess {
    /// With the texts that it was given in use.
    static Kernel& of(symline::Kernel& kernel);
    /// In place of what its options say was loaded.
    static void set_modules(symline::Kernel& kernel, LoadedModules modules);
};

}  // namespace symline::kernel
