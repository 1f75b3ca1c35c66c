#include "decode/user_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/path.h"
#include "base/path_in_root.h"
#include "decode/user_places.h"
#include "symbolize/matching_module.h"

namespace symline::decode {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
constexpr std::string_view kDebug = ".debug";
/// A core file has fewer; a log with more has no more of them remembered.
constexpr std::size_t kMaxModules = 4096;

}  // namespace

void UserFiles::take(const log::Facts& facts) {
    layout_.take(facts);
    if (facts.begins_core) {
        build_ids_.clear();
        executable_ = facts.user_file;
    } else if (!facts.user_file.empty()) {
        file_above_ = facts.user_file;
    }
    for (const log::UserModule& module : facts.user_modules) {
        if (!module.number && build_ids_.size() < kMaxModules)
            build_ids_.insert_or_assign(std::string(module.file), module.build_id);
    }
}

UserFiles::Name UserFiles::name(const log::Occurrence& occurrence) const {
    Name name{occurrence.file, occurrence.build_id};
    if (name.file.ends_with(kDeleted)) name.file.remove_suffix(kDeleted.size());
    if (occurrence.format == log::Format::eu_stack && name.file.empty()) name.file = file_above_;
    if (occurrence.format != log::Format::coredumpctl) return name;
    if (const auto id = build_ids_.find(name.file); id != build_ids_.end())
        name.build_id = id->second;
    if (!executable_.empty() && base::file_name(executable_) == name.file) name.file = executable_;
    return name;
}

/// Those files of the user's that have the name of the text's: it may be all that the text has.
std::vector<find::KernelCandidate> UserFiles::named_candidates(std::string_view file) const {
    std::vector<find::KernelCandidate> found;
    if (file.empty()) return found;
    for (const std::string& path : debug_files_->options().debug_files) {
        auto name = base::file_name(path);
        if (name.ends_with(kDebug)) name.remove_suffix(kDebug.size());
        if (name == base::file_name(file)) found.push_back({path, FoundBy::explicit_path});
    }
    return found;
}

std::vector<find::KernelCandidate> UserFiles::candidates(const Name& name) const {
    constexpr auto kFoundBy = FoundBy::path_in_text;
    const std::string file(name.file);
    auto found = named_candidates(file);
    const auto add_inside = [&](const std::string& path) {
        if (auto inside = base::path_in_root(sysroot_, path)) {
            found.push_back({std::move(*inside), kFoundBy});
        }
    };
    if (file.starts_with('/')) {
        add_inside(file);
    } else if (!file.empty()) {
        found.push_back({file, kFoundBy});
    }
    if (!file.empty() && file.find('/') == std::string::npos) {
        // The kernel prints the last component alone.
        for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/",
                                   "/usr/lib/x86_64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/"}) {
            add_inside(folder + file);
        }
    }
    return found;
}

/// Whether the file at the path is the one; if not, `opened.miss` has the reason, and what the user
/// should know of it is added to `refused`.
bool UserFiles::open_candidate(Opened& opened, const find::KernelCandidate& candidate,
                               const std::optional<BuildId>& wanted, std::vector<Error>& refused) {
    auto module = symbolize::open_matching_module(
        candidate.path, wanted, {.debug_files = debug_files_, .split_package = split_package_});
    if (module) {
        opened.file = std::make_unique<kernel::KernelFile>(std::move(*module), candidate.found_by);
        return true;
    }
    const Error& error = module.error().error;
    if (error.code == ErrorCode::mismatch) {
        opened.miss = "the file has another build id";
        refused.push_back(error);
    } else if (error.code != ErrorCode::not_found) {
        opened.miss = error.message;
    }
    return false;
}

UserFiles::Opened& UserFiles::open(const Name& name) {
    const std::string key = std::string(name.file) + '\n' + std::string(name.build_id);
    const auto [known, is_new] = files_.try_emplace(key);
    Opened& opened = known->second;
    if (!is_new) return opened;
    opened.miss = "no such file";
    const auto id = BuildId::parse(name.build_id);
    std::vector<Error> refused;
    for (const auto& candidate : candidates(name)) {
        if (open_candidate(opened, candidate, id, refused)) return opened;
    }
    if (id) {
        // The program may be gone; its debug file places addresses as well.
        const auto debug = debug_files_->debug_file(*id);
        for (const Error& each : debug.refused) {
            const auto same = [&](const Error& other) {
                return other.file == each.file && other.message == each.message;
            };
            if (std::ranges::none_of(refused, same)) refused.push_back(each);
        }
        const find::KernelCandidate candidate{debug.path, debug.found_by};
        if (!debug.path.empty() && open_candidate(opened, candidate, id, refused)) return opened;
    }
    for (Error& each : refused) notices_.push_back({Notice::Kind::not_used, std::move(each)});
    return opened;
}

kernel::KernelPlaces UserFiles::places(const log::Occurrence& occurrence) {
    const Name named = name(occurrence);
    if (occurrence.format == log::Format::symbolizer_markup &&
        occurrence.space == log::AddressScope::user) {
        return {{}, "in none of the modules that the text names"};
    }
    if (named.file.starts_with('[') || (named.file.empty() && named.build_id.empty())) {
        return {{}, "no file"};
    }
    Opened& opened = open(named);
    last_ = &opened;
    if (opened.file == nullptr) return {{}, opened.miss};
    auto found = user_places(*opened.file, occurrence);
    if (!found.miss) return {std::move(found.places), {}};
    const std::string& path = opened.file->module.path();
    std::string why = describe(*found.miss, path);
    if (found.miss == UserMiss::other_build && !std::exchange(opened.refused, true))
        notices_.push_back({Notice::Kind::no_longer_used, {ErrorCode::mismatch, path, why}});
    return {{}, std::move(why)};
}

std::vector<Notice> UserFiles::take_notices() {
    if (last_ != nullptr && last_->file != nullptr && !last_->incomplete) {
        const Module& module = last_->file->module;
        // A split or supplementary file that is not there, or damage: known once frames were read.
        if (const auto problem = module.damage(); !problem.empty()) {
            last_->incomplete = true;
            for (const Error& each : module.files().refused()) {
                notices_.push_back({Notice::Kind::not_used, each});
            }
            notices_.push_back({Notice::Kind::remark,
                                {ErrorCode::malformed, module.path(), std::string(problem)}});
        }
    }
    return std::exchange(notices_, {});
}

}  // namespace symline::decode
