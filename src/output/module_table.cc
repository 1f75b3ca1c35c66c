#include "output/module_table.h"

#include <algorithm>

#include "output/numbers.h"
#include "output/table.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

constexpr std::string_view kNone = "-";

/// "PATH (how it was found)", or that way alone for a file that lies where the process has it.
std::string place_of(const ProcessModule::File& file, const ProcessModule& module) {
    if (file.path.empty()) return std::string(kNone);
    std::string way(describe(file.found_by));
    // A living process has its own root and handles there.
    const bool own = file.found_by == FoundBy::mapped_path && file.path.starts_with("/proc/");
    const bool same = file.path == module.name || file.found_by == FoundBy::file_itself;
    if (own || same || module.of_kernel) return way;
    return visible(file.path) + " (" + way + ")";
}

std::string reason_of(const ProcessModule::File& file) {
    std::string text = file.reason;
    if (!file.servers.empty()) (text += text.empty() ? "" : "; ") += file.servers;
    return visible(text);
}

/// The last column, which may be as wide as it likes.
std::string debug_file_of(const ProcessModule& module) {
    if (module.code.path.empty()) return std::string(kNone) + " " + reason_of(module.code);
    if (!module.debug.path.empty()) return place_of(module.debug, module);
    // Those of the vdso are in the kernel's debug packages, and nobody misses them.
    if (module.of_kernel) return std::string(kNone);
    return std::string(kNone) + " " + reason_of(module.debug);
}

std::string package_of(const ProcessModule& module) {
    if (!module.package || module.package->name.empty()) return std::string(kNone);
    const Package& package = *module.package;
    std::string text = package.name;
    if (!package.version.empty()) (text += ' ') += package.version;
    return visible(text);
}

void write_file(JsonWriter& json, std::string_view key, const ProcessModule::File& file) {
    json.begin_object(key);
    json.nonempty_string("path", file.path);
    json.nonempty_string("found_by", describe(file.found_by));
    json.nonempty_string("reason", file.reason);
    json.nonempty_string("servers", file.servers);
    json.end_object();
}

}  // namespace

void append_module_table(std::string& out, std::span<const ProcessModule> modules,
                         unsigned address_digits) {
    using enum Align;
    const bool packages = std::ranges::any_of(
        modules, [](const ProcessModule& each) { return each.package.has_value(); });
    Table::Row heading{"BEGIN", "END", "BUILD ID", "MODULE", "FILE"};
    if (packages) heading.emplace_back("PACKAGE");
    heading.emplace_back("DEBUG FILE");
    Table table(std::vector<Align>(heading.size(), left), heading);
    for (const ProcessModule& each : modules) {
        std::string begin, end;
        append_0x(begin, each.begin.value, address_digits);
        append_0x(end, each.end.value, address_digits);
        Table::Row row{begin, end, each.build_id ? each.build_id->hex() : std::string(kNone),
                       visible(each.name) + (each.deleted ? " (deleted)" : ""),
                       place_of(each.code, each)};
        if (packages) row.push_back(package_of(each));
        row.push_back(debug_file_of(each));
        table.add(std::move(row));
    }
    table.append_to(out);
}

void write_module(JsonWriter& json, const ProcessModule& module) {
    json.begin_object();
    json.string("name", module.name);
    json.hex("address", module.begin.value);
    json.number("size", module.end.value - module.begin.value);
    if (module.build_id) json.string("build_id", module.build_id->hex());
    if (module.deleted) json.boolean("deleted", true);
    write_file(json, "file", module.code);
    if (!module.code.path.empty()) write_file(json, "debug_file", module.debug);
    if (module.package) write_package(json, *module.package);
    json.end_object();
}

void write_package(JsonWriter& json, const Package& package) {
    json.begin_object("package");
    json.nonempty_string("type", package.type);
    json.nonempty_string("name", package.name);
    json.nonempty_string("version", package.version);
    json.nonempty_string("architecture", package.architecture);
    json.nonempty_string("os", package.os);
    json.nonempty_string("debuginfod", package.debuginfod);
    json.string("from", package.origin == Package::Origin::note ? "note" : "package database");
    json.end_object();
}

}  // namespace symline::output
