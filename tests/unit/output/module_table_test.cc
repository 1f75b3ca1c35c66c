#include "output/module_table.h"

#include <doctest/doctest.h>

#include "output/missing_json.h"

using namespace symline;
using namespace symline::output;

namespace {

std::vector<ProcessModule> modules() {
    return {{.begin = {0x1000},
             .end = {0x3000},
             .name = "/opt/server",
             .deleted = true,
             .build_id = BuildId::parse("00112233"),
             .code = {.reason = "no file '/opt/server'", .servers = "http://s: not there"}},
            {.begin = {0x4000},
             .end = {0x9000},
             .name = "/lib/libx.so",
             .code = {.path = "/lib/libx.so", .found_by = FoundBy::mapped_path},
             .debug = {.path = "/lib/libx.so", .found_by = FoundBy::file_itself},
             .package = Package{.type = "rpm", .name = "libx", .version = "1-2"}},
            {.begin = {0xa000},
             .end = {0xb000},
             .name = "/lib/liby.so",
             .code = {.path = "/root/lib/liby.so", .found_by = FoundBy::mapped_path},
             .debug = {.reason = "no debug information\nin it"}},
            {.begin = {0xc000},
             .end = {0xd000},
             .name = "[vdso]",
             .of_kernel = true,
             .code = {.path = "[vdso]", .found_by = FoundBy::process_memory},
             .debug = {.reason = "no debug information"}}};
}

std::string text_of(std::span<const ProcessModule> modules) {
    std::string out;
    append_module_table(out, modules, 4);
    return out;
}

template <typename Value>
std::string json_of(const Value& value) {
    std::string out;
    JsonWriter json(out);
    if constexpr (std::same_as<Value, ProcessModule>) {
        write_module(json, value);
    } else {
        json.begin_object();
        write_missing(json, value);
        json.end_object();
    }
    return out;
}

}  // namespace

TEST_CASE("module table: the files, how they were found, and why others were not") {
    CHECK(text_of(modules()) ==
          "BEGIN  END    BUILD ID MODULE                FILE                            PACKAGE  "
          "DEBUG FILE\n"
          "0x1000 0x3000 00112233 /opt/server (deleted) -                               -        "
          "- no file '/opt/server'; http://s: not there\n"
          "0x4000 0x9000 -        /lib/libx.so          mapped path                     libx 1-2 "
          "file itself\n"
          "0xa000 0xb000 -        /lib/liby.so          /root/lib/liby.so (mapped path) -        "
          "- no debug information\\x0ain it\n"
          "0xc000 0xd000 -        [vdso]                process memory                  -        "
          "-\n");
}

TEST_CASE("module table: no column for packages where none is known") {
    CHECK(text_of({}) == "BEGIN END BUILD ID MODULE FILE DEBUG FILE\n");
    const auto all = modules();
    CHECK_FALSE(text_of(std::span(all).first(1)).contains("PACKAGE"));
}

TEST_CASE("module table: JSON") {
    const auto all = modules();
    CHECK(json_of(all[0]) ==
          R"({"name":"/opt/server","address":"0x1000","size":8192,"build_id":"00112233",)"
          R"("deleted":true,"file":{"reason":"no file '/opt/server'",)"
          R"("servers":"http://s: not there"}})");
    CHECK(json_of(all[1]) ==
          R"({"name":"/lib/libx.so","address":"0x4000","size":20480,)"
          R"("file":{"path":"/lib/libx.so","found_by":"mapped path"},)"
          R"("debug_file":{"path":"/lib/libx.so","found_by":"file itself"},)"
          R"("package":{"type":"rpm","name":"libx","version":"1-2","from":"note"}})");
}

TEST_CASE("missing files: JSON of a process and of a kernel") {
    CHECK(
        json_of(MissingModules{.modules = {{.name = "/lib/liby.so",
                                            .build_id = BuildId::parse("0011"),
                                            .code_found = false,
                                            .servers = "http://s: not there"}},
                               .source = {.distribution = "Debian", .command = "apt-get install y"},
                               .offline = true}) ==
        R"({"missing_files":{"modules":[{"name":"/lib/liby.so","build_id":"0011",)"
        R"("file_found":false,"servers":"http://s: not there"}],"distribution":"Debian",)"
        R"("command":"apt-get install y","offline":true,)"
        R"("message":"no debug file of liby.so (not found itself, build id 0011); to get it on )"
        R"j(Debian: apt-get install y; no debuginfod server was asked (offline)"}})j");
    CHECK(json_of(MissingFiles{.release = "6.1", .vmlinux = true, .modules = {"xfs"}}) ==
          R"({"missing_files":{"release":"6.1","modules":[{"name":"vmlinux"},{"name":"xfs"}],)"
          R"("message":"no debug file of kernel 6.1: vmlinux, module xfs"}})");
}
