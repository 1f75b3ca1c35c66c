#include "symline/notice.h"

namespace symline {

std::string describe(const Notice& notice) {
    const std::string& message = notice.about.message;
    if (notice.about.file.empty()) return message;
    const std::string file = "'" + notice.about.file + "'";
    switch (notice.kind) {
        case Notice::Kind::not_used:
        case Notice::Kind::no_longer_used: return file + " not used: " + message;
        case Notice::Kind::other_build: return file + " is of another build, and used: " + message;
        case Notice::Kind::other_kernel: return file + " is of " + message;
        case Notice::Kind::remark: break;
    }
    return file + ": " + message;
}

}  // namespace symline
