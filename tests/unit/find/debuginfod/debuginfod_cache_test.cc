#include "find/debuginfod/debuginfod_cache.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <optional>
#include <string>

#include "support/files.h"

using namespace symline;
using namespace symline::find;

namespace {

/// An environment variable for as long as a test lives.
class Variable {
public:
    Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
        if (const char* before = ::getenv(name)) before_ = before;
        set(value);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { set(before_); }

private:
    void set(const std::optional<std::string>& value) {
        value ? ::setenv(name_, value->c_str(), 1) : ::unsetenv(name_);
    }
    const char* name_;
    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("the cache's folder is libdebuginfod's") {
    const test::TemporaryFolder home;
    const Variable own("DEBUGINFOD_CACHE_PATH", std::nullopt);
    const Variable xdg("XDG_CACHE_HOME", std::nullopt);
    const Variable folder("HOME", home.root());
    CHECK(debuginfod_cache_folder() == home.path(".cache/debuginfod_client"));
    {
        const Variable other("XDG_CACHE_HOME", "/var/cache/u");
        CHECK(debuginfod_cache_folder() == "/var/cache/u/debuginfod_client");
        const Variable path("DEBUGINFOD_CACHE_PATH", "/srv/cache");
        CHECK(debuginfod_cache_folder() == "/srv/cache");
    }
    home.write(".debuginfod_client_cache/max_unused_age_s", "1");
    CHECK(debuginfod_cache_folder() == home.path(".debuginfod_client_cache"));
}

TEST_CASE("an empty file stands for a miss; a removed file takes its empty folder along") {
    const test::TemporaryFolder cache;
    const auto id = *BuildId::parse("0123ab");
    const auto path = debuginfod_cache_path(cache.root(), id, "debuginfo");
    CHECK(path == cache.path("0123ab/debuginfo"));
    CHECK_FALSE(is_in_cache(path));
    CHECK_FALSE(is_remembered_miss(path));
    cache.write("0123ab/debuginfo", "");
    cache.write("0123ab/executable", "x");
    CHECK(is_remembered_miss(path));
    CHECK_FALSE(is_in_cache(path));
    remove_from_cache(path);
    CHECK_FALSE(is_remembered_miss(path));
    CHECK(is_in_cache(cache.path("0123ab/executable")));
    remove_from_cache(cache.path("0123ab/executable"));
    CHECK_FALSE(std::filesystem::exists(cache.path("0123ab")));
}
