// Everything in one include.
//
//     #include <symline/symline.h>
//
//     const auto module = symline::Module::open("/usr/bin/ls");
//     const auto lookup = module->lookup(symline::FileAddress{0x4011d6});
#pragma once

#include "symline/address.h"
#include "symline/address_space.h"
#include "symline/build_id.h"
#include "symline/code_listing.h"
#include "symline/core_dump.h"
#include "symline/debug_files.h"
#include "symline/decoded_line.h"
#include "symline/decoder.h"
#include "symline/demangle.h"
#include "symline/disassembler.h"
#include "symline/error.h"
#include "symline/fetch.h"
#include "symline/file_finder.h"
#include "symline/found_by.h"
#include "symline/frame.h"
#include "symline/index.h"
#include "symline/kernel.h"
#include "symline/kernel_dump.h"
#include "symline/kernel_miss.h"
#include "symline/log_format.h"
#include "symline/mapping.h"
#include "symline/miss.h"
#include "symline/module.h"
#include "symline/module_elf.h"
#include "symline/module_files.h"
#include "symline/module_index.h"
#include "symline/module_reader.h"
#include "symline/module_sections.h"
#include "symline/module_symbols.h"
#include "symline/owned_lookup.h"
#include "symline/process.h"
#include "symline/section.h"
#include "symline/stack_trace.h"
#include "symline/symbol.h"
#include "symline/symbolizer.h"
#include "symline/version.h"
