// User programs and libraries that a log names by their path.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/occurrence.h"
#include "symbolize/kernel.h"

namespace symline::tools {

class UserFiles {
public:
    /// Paths are those of the machine that `sysroot` holds; empty: of this one.
    UserFiles(std::string sysroot, std::vector<std::string> debug_directories)
        : sysroot_(std::move(sysroot)), debug_directories_(std::move(debug_directories)) {}

    /// The place in the file that the occurrence names, or why there is none.
    KernelPlaces places(const log::Occurrence& occurrence);

private:
    struct Opened {
        std::unique_ptr<KernelFile> file;
        std::string miss;
    };
    std::vector<std::string> paths(std::string_view name, std::string_view build_id) const;
    Opened& open(std::string_view name, std::string_view build_id);

    std::string sysroot_;
    std::vector<std::string> debug_directories_;
    std::map<std::string, Opened, std::less<>> files_;
};

}  // namespace symline::tools
