#include "tools/missing_files.h"

namespace symline::tools {

std::string missing_files_line(const MissingFiles& missing, const MissingFileWords& words) {
    std::string line = describe(missing);
    switch (missing.remedy) {
        case MissingFiles::Remedy::release: (line += "; ") += words.no_release; break;
        case MissingFiles::Remedy::vmlinux:
            (line += "; ") += words.vmlinux;
            line += " gives the file of a kernel built by hand, --debug-package that of a package";
            break;
        case MissingFiles::Remedy::module_folder: line += ": -m FOLDER names where it is"; break;
        default: break;
    }
    if (missing.servers_need_build_id) {
        line += "; no server was asked, since the text gives no build id";
    }
    return line;
}

std::string missing_files_line(const MissingModules& missing) {
    std::string line = describe(missing);
    if (!missing.source.command.empty() || !missing.source.server.empty()) return line;
    for (const auto& each : missing.modules) {
        if (!each.build_id) continue;
        return line + "; symline find -v " + each.build_id->hex() +
               " shows where it was looked for, --debug-dir and --debug-package name other places";
    }
    return line;
}

}  // namespace symline::tools
