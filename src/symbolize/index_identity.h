// What ties an index to its file: the build id, or where a file has none, its path and its content.
//
// The content is summed up whole, and neither its size nor its times are believed: a program may be
// built twice within the granularity of a file system's times, and a copy may keep them. It is done
// only where there is an index of that path, or one is made.
#pragma once

#include <string>

#include "elf/elf_file.h"
#include "symline/build_id.h"

namespace symline::symbolize {

/// The name of the index's file without its folder; empty where a file can have none: without a
/// build id, an image in memory or what has no path any more.
std::string index_name(const elf::ElfFile& code);

/// What the header of an index has: the build id, or 20 bytes made of the content. Reads all of a
/// file without a build id.
BuildId index_id(const elf::ElfFile& code);

}  // namespace symline::symbolize
