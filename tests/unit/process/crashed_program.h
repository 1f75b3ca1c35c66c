// The core of a program of the fixtures that never ran: its threads stand where a test puts them.
#pragma once

#include <string>
#include <vector>

#include "process/core_builder.h"
#include "support/files.h"

namespace symline::test {

/// c-gcc-dwarf5 lies where it was linked to, at 0x4a0000; .debug_frame tells how to unwind it.
/// Return addresses are the ones after its calls.
struct CrashedProgram {
    static constexpr std::uint64_t kBase = 0x4a0000;
    static constexpr std::uint64_t kHelper = 0x4a1100;  ///< called by outer
    static constexpr std::uint64_t kInOuter = 0x4a1145;
    static constexpr std::uint64_t kOuterInStart = 0x4a11aa;
    static constexpr std::uint64_t kCheck = 0x4a1260;  ///< called by clones
    static constexpr std::uint64_t kInClones = 0x4a1410;
    static constexpr std::uint64_t kClonesInStart = 0x4a11b3;

    /// The file that the core says was mapped.
    std::string path = fixture("c-gcc-dwarf5");
    /// The core holds the file's first page, and with it the build id.
    bool has_headers = true;
    int signal = 11;
    std::size_t copies = 0;  ///< how often the list has the first page once more

    /// In helper, called by outer, called by _start.
    void crash(int tid) { thread(tid, kHelper, {kInOuter, kOuterInStart, 0, 0, 0, 0}); }
    /// In check, called by clones, called by _start.
    void idle(int tid) { thread(tid, kCheck, {kInClones, 0, 0, 0, kClonesInStart, 0, 0, 0, 0}); }

    ByteVector build() {
        ByteWriter files;
        files.u64(2 + copies).u64(1);
        for (std::size_t i = 0; i <= copies; ++i) files.u64(kBase).u64(kBase + 0x1000).u64(0);
        files.u64(kBase + 0x1000).u64(kBase + 0x3000).u64(0x1000).string(path);
        for (std::size_t i = 0; i <= copies; ++i) files.string(path);
        builder.note(0x46494c45, files.data());
        builder.note(6, ByteWriter().u64(9).u64(0x4a1190).u64(0).u64(0).data());
        auto headers = read_whole(fixture("c-gcc-dwarf5"));
        headers.resize(has_headers ? 0x1000 : 0);
        builder.segments.insert(builder.segments.begin(),
                                {{kBase, headers, 0x1000, 4}, {kBase + 0x1000, {}, 0x2000, 5}});
        return builder.build();
    }

    CoreBuilder builder;

private:
    void thread(int tid, std::uint64_t pc, const std::vector<std::uint64_t>& words) {
        const std::uint64_t stack = 0x7f0000000000 + 0x1000 * builder.segments.size();
        std::vector<std::uint64_t> registers(27);
        registers[16] = pc;
        registers[19] = stack;
        builder.thread(tid, signal, registers);
        ByteWriter bytes;
        for (const auto each : words) bytes.u64(each);
        builder.segments.push_back({stack, bytes.data()});
    }
};

}  // namespace symline::test
