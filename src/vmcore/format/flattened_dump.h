// The flattened form of a dump: written to a pipe, it is a list of "these bytes belong at that
// offset" (makedumpfile's IMPLEMENTATION file, "The flattened format").
#pragma once

#include "vmcore/format/dump_file.h"

namespace symline::vmcore {

/// By its signature.
bool is_flattened(const DumpFile& file);

/// The file that the list describes. Bytes that no record gives are zero, as in the sparse file
/// that makedumpfile -R makes; where records overlap, the later one counts.
class FlattenedDump : public DumpFile {
public:
    /// Reads the heads of all records. A list that ends early is used as far as it goes.
    static Expected<std::unique_ptr<DumpFile>> open(std::unique_ptr<DumpFile> file,
                                                    std::vector<std::string>& problems);

    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const override;
    std::uint64_t size() const override { return size_; }
    std::uint64_t given() const override { return given_; }

    struct Record {
        std::uint64_t offset;  ///< in the file that is described
        std::uint64_t size;
        std::uint64_t at;  ///< of its bytes, in the flattened file
        std::uint64_t end() const { return offset + size; }
    };

private:
    explicit FlattenedDump(std::unique_ptr<DumpFile> file) : file_(std::move(file)) {}
    void read_records(std::vector<std::string>& problems);
    void add(Record record);
    void order();

    std::unique_ptr<DumpFile> file_;
    std::vector<Record> records_;  ///< by offset, none overlapping another
    std::uint64_t size_ = 0;
    std::uint64_t given_ = 0;
};

}  // namespace symline::vmcore
