#include "find/debuginfod/fetched_file_check.h"

#include <algorithm>
#include <cctype>

#include "base/file_text.h"
#include "elf/constants.h"
#include "elf/elf_file.h"

namespace symline::find {
namespace {

std::string lower_case_beginning(const std::string& path) {
    std::string text = base::file_text(path, 256);
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Proxies and login portals answer every request with "200 OK" and an HTML page.
bool is_web_page(const std::string& path) {
    const auto text = lower_case_beginning(path);
    const auto begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (begin == std::string::npos) return false;
    return text.compare(begin, 14, "<!doctype html") == 0 || text.compare(begin, 5, "<html") == 0;
}

/// The section headers are at the end of most files, but not of all.
bool is_cut_off(const elf::ElfFile& file) {
    return std::ranges::any_of(file.sections(), [&file](const Section& section) {
        if (section.type == elf::kSectionNoBits || section.size == 0) return false;
        const auto offset = file.header(section).offset;
        const auto size = file.image().size();
        return offset > size || section.size > size - offset;
    });
}

std::string fault_of_elf(const std::string& path, const BuildId& wanted) {
    const auto file = elf::ElfFile::open(path);
    if (!file) {
        switch (file.error().code) {
            case ErrorCode::empty: return "sent an empty file";
            case ErrorCode::not_elf: return "sent something that is no ELF file";
            default: return "sent a damaged file: " + file.error().message;
        }
    }
    const auto id = file->build_id();
    if (!id) return "sent a file without a build id";
    if (*id != wanted) return "sent a file of another build id, " + id->hex();
    return is_cut_off(*file) ? "sent a file that ends too early" : std::string();
}

}  // namespace

std::string fault_of(const std::string& path, const FetchRequest& request) {
    if (request.kind == FetchKind::source_file) {
        const bool page = request.path.ends_with(".html") || request.path.ends_with(".htm");
        return !page && is_web_page(path) ? "sent a web page" : std::string();
    }
    if (is_web_page(path)) return "sent a web page";
    return fault_of_elf(path, request.build_id);
}

}  // namespace symline::find
