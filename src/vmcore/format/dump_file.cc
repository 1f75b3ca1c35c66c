#include "vmcore/format/dump_file.h"

#include <algorithm>
#include <utility>

#include "base/regular_file.h"
#include "vmcore/format/flattened_dump.h"

namespace symline::vmcore {
namespace {

class PlainFile : public DumpFile {
public:
    explicit PlainFile(base::RegularFile file) : file_(std::move(file)) {}

    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const override {
        return file_.read(offset, to);
    }
    std::uint64_t size() const override { return file_.size(); }

private:
    base::RegularFile file_;
};

}  // namespace

Expected<std::unique_ptr<DumpFile>> open_plain_file(const std::string& path) {
    auto file = base::RegularFile::open(path);
    if (!file) return std::unexpected(std::move(file.error()));
    return std::make_unique<PlainFile>(std::move(*file));
}

std::vector<std::uint8_t> DumpFile::read_some(std::uint64_t offset, std::uint64_t wanted) const {
    if (offset >= size()) return {};
    std::vector<std::uint8_t> bytes(std::min(wanted, size() - offset));
    if (!read(offset, bytes)) bytes.clear();
    return bytes;
}

Expected<std::unique_ptr<DumpFile>> open_dump_file(const std::string& path,
                                                   std::vector<std::string>& problems) {
    auto file = open_plain_file(path);
    if (!file || !is_flattened(**file)) return file;
    auto put_together = FlattenedDump::open(std::move(*file), problems);
    if (!put_together) put_together.error().file = path;
    return put_together;
}

}  // namespace symline::vmcore
