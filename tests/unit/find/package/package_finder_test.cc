#include "find/package/package_finder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "find/package/package.h"
#include "find/package/package_reader.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

struct TarMember {
    std::string path;
    ByteVector bytes = {};
    std::string link = {};
    std::uint64_t claimed_size = 0;  ///< instead of the size of `bytes`
};

void put(ByteVector& record, std::size_t at, std::string_view text) {
    std::ranges::copy(text, record.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Octal, or GNU's base 256 for what does not fit.
void put_size(ByteVector& record, std::uint64_t size) {
    char text[13];
    if (size < (std::uint64_t{1} << 33)) {
        std::snprintf(text, sizeof text, "%011llo", static_cast<unsigned long long>(size));
        put(record, 124, text);
        return;
    }
    record[124] = 0x80;
    for (int i = 0; i < 8; ++i) record[135 - i] = static_cast<std::uint8_t>(size >> (8 * i));
}

ByteVector tar(const std::vector<TarMember>& members) {
    ByteVector out;
    for (const TarMember& member : members) {
        ByteVector record(512);
        put(record, 0, member.path);
        put(record, 100, "0000644");
        put(record, 108, "0000000");
        put(record, 116, "0000000");
        put_size(record, member.claimed_size != 0 ? member.claimed_size : member.bytes.size());
        put(record, 136, "00000000000");
        put(record, 148, "        ");
        record[156] = member.link.empty() ? '0' : '2';
        put(record, 157, member.link);
        put(record, 257,
            std::string_view("ustar\0"
                             "00",
                             8));
        unsigned sum = 0;
        for (const auto byte : record) sum += byte;
        char text[8];
        std::snprintf(text, sizeof text, "%06o", sum);
        put(record, 148, text);
        out.insert(out.end(), record.begin(), record.end());
        out.insert(out.end(), member.bytes.begin(), member.bytes.end());
        out.resize((out.size() + 511) / 512 * 512);
    }
    out.resize(out.size() + 1024);
    return out;
}

void append_ar(std::string& out, const char* name, std::string_view bytes) {
    char header[61];
    std::snprintf(header, sizeof header, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0, "100644",
                  bytes.size());
    (out += header) += bytes;
    if (bytes.size() % 2 != 0) out += '\n';
}

ByteVector deb(const std::vector<TarMember>& members) {
    const ByteVector data = tar(members);
    std::string out = "!<arch>\n";
    append_ar(out, "debian-binary", "2.0\n");
    append_ar(out, "data.tar", {reinterpret_cast<const char*>(data.data()), data.size()});
    return {out.begin(), out.end()};
}

/// A lead, two empty headers, and a cpio archive of one file.
ByteVector rpm(const std::string& path, const ByteVector& bytes) {
    ByteWriter out(true);
    out.u32(0xedabeedb).u8(3).u8(0).bytes(ByteVector(90));
    for (int header = 0; header < 2; ++header) {
        // One entry of one byte, for a header without any is taken as damaged.
        out.u32(0x8eade801).u32(0).u32(1).u32(8).bytes(ByteVector(16 + 8));
    }
    const auto entry = [&](const std::string& name, const ByteVector& content, unsigned mode) {
        char text[111];
        std::snprintf(text, sizeof text,
                      "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1U, mode, 0U,
                      0U, 1U, 0U, content.size(), 0U, 0U, 0U, 0U, name.size() + 1, 0U);
        ByteWriter part;
        part.text_only(text).string(name).align(4).bytes(content).align(4);
        out.bytes(part.data());
    };
    entry(path, bytes, 0100644);
    entry("TRAILER!!!", {}, 0);
    return out.data();
}

const std::string kTree = "usr/lib/debug/.build-id/5e/a1ed0000000000000000000000000000000001.debug";

ByteVector debug_file() {
    return read_whole(
        fixture("debugroot/.build-id/5e/a1ed0000000000000000000000000000000001.debug"));
}

struct Result {
    std::string path;
    FoundBy found_by = FoundBy::nothing;
    std::vector<Error> refused;
    std::vector<TriedPlace> tried;
};

/// What is found for the stripped program "buildid-found" in packages.
Result search(const TemporaryFolder& folder, std::vector<std::string> packages) {
    DebugFileOptions options;
    options.debug_directories.clear();
    options.packages = std::move(packages);
    options.package_cache = folder.path("cache");
    ModuleOptions module_options;
    module_options.debug_files = std::make_shared<DebugFiles>(std::move(options));
    const auto module = Module::open(fixture("buildid-found"), std::move(module_options));
    REQUIRE(module);
    Result result;
    result.path = module->files().debug_path();
    result.found_by = module->files().found_by();
    const auto refused = module->files().refused();
    const auto tried = module->files().tried();
    result.refused.assign(refused.begin(), refused.end());
    result.tried.assign(tried.begin(), tried.end());
    return result;
}

}  // namespace

TEST_CASE("a .deb and an .rpm: the file of the build id is unpacked once") {
    const TemporaryFolder folder;
    folder.write("p/one.deb", deb({{"./usr/share/doc/x", {'x'}}, {"./" + kTree, debug_file()}}));
    folder.write("q/two.rpm", rpm("./" + kTree, debug_file()));
    for (const char* package : {"p/one.deb", "q/two.rpm", "p", "q"}) {
        CAPTURE(package);
        const auto result = search(folder, {folder.path(package)});
        CHECK(result.found_by == FoundBy::package);
        CHECK(result.path.starts_with(folder.path("cache")));
        CHECK(result.path.ends_with(kTree));
        CHECK(result.refused.empty());
        CHECK(read_whole(result.path) == debug_file());
    }
    // From the cache: what lies there now is what is found.
    const auto first = search(folder, {folder.path("p/one.deb")});
    const auto time = std::filesystem::last_write_time(first.path);
    CHECK(search(folder, {folder.path("p/one.deb")}).path == first.path);
    CHECK(std::filesystem::last_write_time(first.path) == time);
    // No half files beside them.
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path("cache"))) {
        CHECK(each.path().native().find(".part") == std::string::npos);
    }
}

TEST_CASE("links inside of a package are followed, before and after what they lead to") {
    const TemporaryFolder folder;
    const std::string up = "../../../../../lib/debug/real.debug";
    const std::string in_tree = "../../real.debug";
    folder.write("before.deb",
                 deb({{kTree, {}, in_tree}, {"usr/lib/debug/real.debug", debug_file()}}));
    folder.write("after.deb",
                 deb({{"usr/lib/debug/real.debug", debug_file()}, {kTree, {}, in_tree}}));
    folder.write("absolute.deb", deb({{kTree, {}, "/usr/lib/debug/real.debug"},
                                      {"usr/lib/debug/real.debug", debug_file()}}));
    for (const char* package : {"before.deb", "after.deb", "absolute.deb"}) {
        CAPTURE(package);
        CHECK(search(folder, {folder.path(package)}).path.ends_with("real.debug"));
    }
    folder.write("loop.deb",
                 deb({{kTree, {}, in_tree},
                      {"usr/lib/debug/real.debug", {}, ".build-id/5e/" + kTree.substr(27)}}));
    folder.write("out.deb", deb({{kTree, {}, "../../../../../../../etc/passwd"}}));
    for (const char* package : {"loop.deb", "out.deb"}) {
        CAPTURE(package);
        const auto result = search(folder, {folder.path(package)});
        CHECK(result.path.empty());
        REQUIRE(result.tried.size() == 3);
        CHECK(describe(result.tried[0]) == "does not have it");
        CHECK(describe(result.tried[1]) == "no debuginfod server is asked");
        CHECK(result.tried[2].found_by == FoundBy::gsym_file);
    }
}

TEST_CASE("members that lead out of the package are refused, and the rest is used") {
    const TemporaryFolder folder;
    folder.write("bad.deb",
                 deb({{"../../escaped", {'x'}}, {"usr/../../also", {'x'}}, {kTree, debug_file()}}));
    // Also when the list of members comes from the cache.
    for (int turn = 0; turn < 2; ++turn) {
        const auto result = search(folder, {folder.path("bad.deb")});
        CHECK(result.found_by == FoundBy::package);
        REQUIRE(result.refused.size() == 2);
        CHECK(result.refused[0].message == "member '../../escaped' leads out of the package");
        CHECK(result.refused[1].message == "member 'usr/../../also' leads out of the package");
    }
    CHECK_FALSE(std::filesystem::exists(folder.path("escaped")));
    CHECK_FALSE(std::filesystem::exists(folder.path("cache/escaped")));
}

TEST_CASE("a member of 10 GB is not unpacked, and the limit is said") {
    const TemporaryFolder folder;
    ByteVector package = deb({{kTree, {}, {}, std::uint64_t{10} << 30}});
    const auto path = folder.write("large.deb", package);
    // The rest of the member is a hole in the file.
    const std::uint64_t size = (std::uint64_t{10} << 30) + 4096;
    std::error_code failure;
    std::filesystem::resize_file(path, size, failure);
    if (failure) return;
    auto reader = find::PackageReader::open(path);
    REQUIRE(reader);
    auto member = reader->next();
    REQUIRE((member && *member));
    CHECK((*member)->size == std::uint64_t{10} << 30);
    const auto result = search(folder, {path});
    CHECK(result.path.empty());
    bool said = false;
    for (const Error& each : result.refused) {
        said = said || each.message ==
                           "member '" + kTree + "' of 10240 MB not unpacked: the limit is 4096 MB";
    }
    CHECK(said);
}

TEST_CASE("a package that unpacks to far more than its size is refused, and leaves nothing") {
    const TemporaryFolder folder;
    // The second one is too much; the first was unpacked before that is seen.
    const std::string other = "usr/lib/debug/other";
    folder.write("bomb.deb", deb({{kTree, debug_file()}, {other, {}, {}, std::uint64_t{1} << 30}}));
    const auto result = search(folder, {folder.path("bomb.deb")});
    CHECK(result.path.empty());
    REQUIRE(result.refused.size() == 1);
    CHECK(result.refused[0].code == ErrorCode::unsupported);
    CHECK(result.refused[0].message == "not unpacked: it unpacks to more than 100 times its size");
    CHECK(std::filesystem::is_empty(folder.path("cache")));
}

TEST_CASE("a package that has another file, is damaged, or is not there") {
    const TemporaryFolder folder;
    folder.write("other.deb", deb({{kTree, read_whole(fixture("c-gcc-dwarf5"))}}));
    folder.write("damaged.deb", "!<arch>\nnothing");
    folder.write("empty.rpm", "");
    const auto other = search(folder, {folder.path("other.deb")});
    CHECK(other.path.empty());
    REQUIRE(other.refused.size() == 1);
    CHECK(other.refused[0].code == ErrorCode::mismatch);
    for (const char* name : {"damaged.deb", "empty.rpm", "missing.deb"}) {
        CAPTURE(name);
        const auto result = search(folder, {folder.path(name)});
        CHECK(result.path.empty());
        REQUIRE(result.refused.size() == 1);
        CHECK(result.refused[0].file == folder.path(name));
    }
    // One that disagrees does not hide one that has the file.
    folder.write("right.deb", deb({{kTree, debug_file()}}));
    const auto right = search(folder, {folder.path("other.deb"), folder.path("right.deb")});
    CHECK(right.found_by == FoundBy::package);
    CHECK(right.refused.size() == 1);
}

TEST_CASE("paths inside of a package") {
    CHECK(find::path_inside("", "./usr//lib/./x") == "usr/lib/x");
    CHECK(find::path_inside("usr/lib", "../share/x") == "usr/share/x");
    CHECK(find::path_inside("usr", "/etc/x") == "etc/x");
    CHECK_FALSE(find::path_inside("usr", "../../x"));
    CHECK_FALSE(find::path_inside("", ".."));
}
