#include "gsym/plain_reader.h"

namespace symline::gsym {
namespace {

/// For the joined paths of one file. The 9,000 files of libLLVM take 0.6 MB; in a damaged table
/// each entry may name the longest of all strings.
constexpr std::size_t kMaxJoined = std::size_t{64} << 20;

void set_name(std::string_view name, Frame& frame) {
    frame.name = name;
    frame.name_source = name.empty() ? NameSource::none : NameSource::gsym;
}

}  // namespace

Expected<std::vector<Frame>> PlainReader::lookup(std::uint64_t address) {
    std::vector<Frame> frames;
    const auto function = file_->function_at(address);
    if (!function) return std::unexpected(function.error());
    if (function->record.empty()) return frames;
    const auto record = read_plain_record(*function, file_->big_endian(), address);
    if (!record) return std::unexpected(record.error());
    SourceLocation location;
    if (record->place) {
        if (auto set = set_place(*record->place, location); !set)
            return std::unexpected(set.error());
    }
    const auto add = [&](std::uint32_t name, std::uint64_t low, bool inlined) {
        Frame& frame = frames.emplace_back();
        set_name(file_->string(name), frame);
        frame.location = location;
        frame.inlined = inlined;
        frame.start = FileAddress{low};
    };
    for (auto call = record->calls.rbegin(); call != record->calls.rend(); ++call) {
        SourceLocation site;
        const auto set = set_place(call->site, site);
        if (!set) return std::unexpected(set.error());
        // One without a call site is the function itself.
        if (!*set) continue;
        add(call->name, call->low, true);
        location = site;
    }
    add(record->name, function->low, false);
    return frames;
}

/// False where there is none.
Expected<bool> PlainReader::set_place(const PlainPlace& place, SourceLocation& location) {
    const auto parts = file_->path(place.file);
    if (!parts) return std::unexpected(parts.error());
    if (parts->is_none) return false;
    const auto joined = path(place.file, *parts);
    if (!joined) return std::unexpected(joined.error());
    location.file = *joined;
    location.line = place.line;
    return true;
}

Expected<std::string_view> PlainReader::path(std::uint32_t number,
                                             const PlainFile::FilePath& parts) {
    if (parts.directory.empty()) return parts.name;
    const auto known = paths_.find(number);
    if (known != paths_.end()) return std::string_view(known->second);
    joined_ += parts.directory.size() + parts.name.size() + 1;
    if (joined_ > kMaxJoined) {
        return std::unexpected(Error{ErrorCode::malformed, {}, "damaged GSYM file table"});
    }
    std::string text(parts.directory);
    if (!text.ends_with('/')) text += '/';
    text += parts.name;
    return std::string_view(paths_.emplace(number, std::move(text)).first->second);
}

}  // namespace symline::gsym
