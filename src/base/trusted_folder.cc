#include "base/trusted_folder.h"

#include <sys/stat.h>
#include <unistd.h>

namespace symline::base {

std::string distrust_of_folder(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return {};
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return "the folder '" + path + "' belongs to another user";
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        return "every user may write to the folder '" + path + "'";
    }
    return {};
}

}  // namespace symline::base
