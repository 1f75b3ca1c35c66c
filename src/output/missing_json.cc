#include "output/missing_json.h"

#include "output/module_table.h"

namespace symline::output {
namespace {

constexpr std::string_view kKey = "missing_files";

void write_source(JsonWriter& json, const DebugFileSource& source) {
    json.nonempty_string("distribution", source.distribution);
    json.nonempty_string("command", source.command);
    json.nonempty_string("remark", source.remark);
    json.nonempty_string("server", source.server);
}

void write_kernel_module(JsonWriter& json, const std::string& name) {
    json.begin_object();
    json.string("name", name);
    json.end_object();
}

void write_process_module(JsonWriter& json, const MissingModules::Missing& module) {
    json.begin_object();
    json.string("name", module.name);
    if (module.build_id) json.string("build_id", module.build_id->hex());
    if (!module.code_found) json.boolean("file_found", false);
    if (module.package) write_package(json, *module.package);
    json.nonempty_string("servers", module.servers);
    json.end_object();
}

}  // namespace

void write_missing(JsonWriter& json, const MissingFiles& missing) {
    json.begin_object(kKey);
    json.nonempty_string("release", missing.release);
    if (missing.build_id) json.string("build_id", missing.build_id->hex());
    json.begin_array("modules");
    if (missing.vmlinux) write_kernel_module(json, "vmlinux");
    for (const std::string& each : missing.modules) write_kernel_module(json, each);
    json.end_array();
    write_source(json, missing.source);
    json.string("message", describe(missing));
    json.end_object();
}

void write_missing(JsonWriter& json, const MissingModules& missing) {
    json.begin_object(kKey);
    json.array("modules", missing.modules,
               [&](const auto& each) { write_process_module(json, each); });
    write_source(json, missing.source);
    if (missing.offline) json.boolean("offline", true);
    json.string("message", describe(missing));
    json.end_object();
}

}  // namespace symline::output
