#include "base/trusted_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/files.h"

using namespace symline;
using base::distrust_of_folder;
using test::TemporaryFolder;

TEST_CASE("trusted folder: our own and root's, unless every user may write to it") {
    const TemporaryFolder folder;
    const std::string path = folder.root();
    CHECK(distrust_of_folder(path).empty());
    CHECK(distrust_of_folder("/usr/share").empty());
    CHECK(distrust_of_folder(folder.path("none")).empty());
    REQUIRE(::chmod(path.c_str(), 0777) == 0);
    CHECK(distrust_of_folder(path) == "every user may write to the folder '" + path + "'");
    REQUIRE(::chmod(path.c_str(), 01777) == 0);
    CHECK_FALSE(distrust_of_folder(path).empty());
    REQUIRE(::chmod(path.c_str(), 0775) == 0);
    CHECK(distrust_of_folder(path).empty());
    constexpr uid_t kOther = 12345;
    if (::chown(path.c_str(), kOther, static_cast<gid_t>(-1)) == 0) {
        CHECK(distrust_of_folder(path) == "the folder '" + path + "' belongs to another user");
        REQUIRE(::chown(path.c_str(), ::geteuid(), static_cast<gid_t>(-1)) == 0);
    }
}
