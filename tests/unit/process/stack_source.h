// A thread's stack made by hand, without any file that tells how to unwind.
#pragma once

#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "elf/constants.h"
#include "process/core_builder.h"
#include "process/unwind/unwinder.h"

namespace symline::test {

inline constexpr std::uint64_t kStack = 0x8000;

/// A stack of words, and code from 0x1000 to 0x2000.
class StackSource : public process::UnwindSource {
public:
    explicit StackSource(std::uint16_t machine, const std::vector<std::uint64_t>& words = {})
        : facts_(*process::machine_facts(machine, 8)) {
        ByteWriter stack;
        for (const auto each : words) stack.u64(each);
        memory_.put(kStack, stack.data());
    }
    const process::Memory& memory() const override { return memory_; }
    const process::MachineFacts& machine() const override { return facts_; }
    bool big_endian() const override { return false; }
    process::FrameTables* tables(std::uint64_t) override { return nullptr; }
    bool is_code(std::uint64_t address) const override {
        return address >= 0x1000 && address < 0x2000;
    }

    /// Without it the code cannot be read.
    void put_code(std::uint64_t address, std::vector<std::uint8_t> code) {
        memory_.put(address, std::move(code));
    }

    bool begins_function(std::uint64_t address) const override { return address == begins; }
    std::uint64_t begins = 0;  ///< the only function with a name
    std::optional<std::uint64_t> function_at(std::uint64_t address) const override {
        const auto above = functions.upper_bound(address);
        return above == functions.begin() ? std::nullopt : std::optional(*std::prev(above));
    }
    std::set<std::uint64_t> functions;  ///< where those with symbols begin

    process::GoFunction go_function(std::uint64_t address) const override {
        const auto found = go_functions.find(address);
        return found == go_functions.end() ? process::GoFunction::none : found->second;
    }
    std::map<std::uint64_t, process::GoFunction>
        go_functions;  ///< by the address that is asked for
    bool begins_stack(std::uint64_t address) const override { return address == start; }
    std::uint64_t start = 0;  ///< the last byte of _start's call

    process::Registers registers(std::uint64_t pc, std::uint64_t sp, std::uint64_t fp) const {
        process::Registers made;
        made.pc = pc;
        made.set(facts_.stack_pointer, sp);
        if (facts_.frame_pointer) made.set(*facts_.frame_pointer, fp);
        return made;
    }

private:
    PieceMemory memory_;
    const process::MachineFacts& facts_;
};

}  // namespace symline::test
