#include "symline/found_by.h"

namespace symline {

std::string_view describe(FoundBy way) {
    switch (way) {
        case FoundBy::nothing: return {};
        case FoundBy::file_itself: return "file itself";
        case FoundBy::explicit_path: return "explicit path";
        case FoundBy::build_id_tree: return "build-id tree";
        case FoundBy::debug_link: return "debug link";
        case FoundBy::alt_link: return "alt link";
        case FoundBy::release_layout: return "release layout";
        case FoundBy::build_tree: return "build tree";
        case FoundBy::beside_vmlinux: return "beside vmlinux";
        case FoundBy::package: return "package";
        case FoundBy::debuginfod: return "debuginfod";
        case FoundBy::mapped_path: return "mapped path";
        case FoundBy::same_folder: return "same folder";
        case FoundBy::process_memory: return "process memory";
        case FoundBy::path_in_text: return "path in the text";
        case FoundBy::split_file: return "split file";
        case FoundBy::split_package: return "split package";
        case FoundBy::gsym_file: return "GSYM file";
        case FoundBy::custom: return "custom finder";
    }
    return "unknown";
}

}  // namespace symline
