// The memory of a crashed kernel seen with its vmlinux, or with what the kernel keeps of itself:
// variables by name, members by name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dwarf/call_frames.h"
#include "kernel/loaded_kernel.h"
#include "vmcore/layout/member_layout.h"
#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

class Btf;
class KallsymsTable;
class StructLayouts;

class KernelView {
public:
    /// All are borrowed.
    KernelView(const KernelBytes& memory, kernel::KernelFile& vmlinux, LoadBias slide);
    /// Without a vmlinux. Layouts are those of BTF then, as with one without DWARF.
    KernelView(const KernelBytes& memory, const KallsymsTable& symbols);
    KernelView(const KernelView&) = delete;
    KernelView& operator=(const KernelView&) = delete;
    ~KernelView();

    const KernelBytes& memory() const { return memory_; }

    /// Where a function or variable is in the crashed kernel. Variables of each CPU are where the
    /// first CPU's would be if its offset were 0.
    std::optional<std::uint64_t> symbol(std::string_view name);
    /// Where the function of vmlinux at an address of the crashed kernel begins.
    std::optional<std::uint64_t> function_start(std::uint64_t address) const;
    /// What .debug_frame of vmlinux says of the frame at an address of the crashed kernel.
    std::optional<dwarf::CallFrame> call_frame(std::uint64_t address);
    /// Why there are no layouts; nothing when there are.
    std::optional<std::string> layouts_problem();
    /// "thread.sp" of "task_struct". Nothing when vmlinux has no debug information, or another
    /// structure.
    std::optional<MemberLayout> member(std::string_view type, std::string_view path);
    std::optional<std::uint64_t> size(std::string_view type);
    /// The address of a member of the structure at `base`.
    std::optional<std::uint64_t> at(std::uint64_t base, std::string_view type,
                                    std::string_view path);
    /// What is in a member, of at most 8 bytes, or in a bit field.
    std::optional<std::uint64_t> number(std::uint64_t base, std::string_view type,
                                        std::string_view path);

    /// The `next` pointers of a list, from its head on, without the head; at most `max`. A list
    /// that leads nowhere or in a circle ends there, and `broken` is set.
    std::vector<std::uint64_t> list(std::uint64_t head, std::size_t max, bool& broken);

private:
    /// The lowest linked address that the slide applies to.
    std::uint64_t first_moved();
    void open_call_frames();
    bool open_layouts();
    void open_btf();
    std::vector<std::uint64_t> units();

    const KernelBytes& memory_;
    kernel::KernelFile* vmlinux_ = nullptr;
    const KallsymsTable* kallsyms_ = nullptr;  ///< without vmlinux
    LoadBias slide_;
    std::optional<std::uint64_t> first_moved_;
    bool opened_ = false;
    std::unique_ptr<StructLayouts> layouts_;
    bool call_frames_opened_ = false;
    std::optional<dwarf::CallFrames> call_frames_;
    std::unique_ptr<Btf> btf_;
    std::string layouts_problem_;
    std::map<std::string, std::optional<std::uint64_t>, std::less<>> symbols_;  ///< of kallsyms_
    std::optional<std::vector<std::uint64_t>> units_;  ///< addresses in the units that are asked
    std::map<std::string, std::optional<MemberLayout>, std::less<>> members_;
};

}  // namespace symline::vmcore
