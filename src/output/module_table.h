// The table of a process's modules: where they lie, and the files that belong to them. Pure.
#pragma once

#include <span>
#include <string>

#include "output/json_writer.h"
#include "symline/process_module.h"

namespace symline::output {

/// One line for each. What is not there has "-", and the reason after the table's last column.
void append_module_table(std::string& out, std::span<const ProcessModule> modules,
                         unsigned address_digits);

void write_module(JsonWriter& json, const ProcessModule& module);
void write_package(JsonWriter& json, const Package& package);

}  // namespace symline::output
