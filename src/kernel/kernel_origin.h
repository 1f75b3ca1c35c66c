// Who builds kernels of a release, and where the debug files of such a kernel are.
#pragma once

#include <string>
#include <string_view>

namespace symline::kernel {

/// What is known of a kernel by its release alone. Nothing in it is a guess: a package is named
/// only for releases of a form that its distribution gives to kernels with such a package.
struct KernelOrigin {
    std::string_view distribution{};  ///< "Debian"; empty: the release names none
    std::string command{};            ///< installs the debug files; empty: no package is known
    std::string remark{};             ///< where else they are, or why there are none; may be empty
    std::string source{};             ///< a package with the source tree; empty: none is known
    std::string_view server{};        ///< the distribution's debuginfod; empty: it has none
};

/// `build_id`, in hexadecimal, may be empty.
KernelOrigin kernel_origin(std::string_view release, std::string_view build_id);

}  // namespace symline::kernel
