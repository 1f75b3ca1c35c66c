#include "dwarf/frame_variables.h"

#include <optional>
#include <utility>

#include "dwarf/inlines.h"
#include "dwarf/location_lists.h"
#include "dwarf/names.h"
#include "dwarf/variable_die.h"

namespace symline::dwarf {
namespace {

/// Compilers stop inlining long before. What is below is passed over.
constexpr std::size_t kMaxDepth = 1024;
/// Of one function; the largest of Debian's programs have a few thousand. Each takes 170 bytes.
constexpr std::size_t kMaxVariables = 100'000;

/// What a DIE below a function's is to who looks for variables.
enum class Part { variable, inlined, scope, other };

Part part_of(std::uint16_t tag) {
    switch (tag) {
        case DW::DW_TAG_variable:
        case DW::DW_TAG_formal_parameter: return Part::variable;
        case DW::DW_TAG_inlined_subroutine: return Part::inlined;
        case DW::DW_TAG_lexical_block:
        case DW::DW_TAG_try_block:
        case DW::DW_TAG_catch_block:
        case DW::DW_TAG_with_stmt:
        case DW::DW_TAG_common_block:
        case DW::DW_TAG_GNU_formal_parameter_pack: return Part::scope;
        default: return Part::other;
    }
}

/// The register that is the frame base where DW_AT_frame_base is nothing else than a register.
std::optional<unsigned> frame_register(Bytes base) {
    if (base.empty() || base[0] < DW::DW_OP_reg0 || base[0] > DW::DW_OP_reg31) return std::nullopt;
    return base[0] - DW::DW_OP_reg0;
}

/// The offset of DW_OP_fbreg, or of DW_OP_breg with the register of the frame base, where nothing
/// follows but the DW_OP_deref of what is passed by its descriptor (Fortran's arrays).
std::optional<std::int64_t> frame_offset(Bytes expression, std::optional<unsigned> base_register) {
    Cursor cursor(expression, false);
    const unsigned operation = cursor.u8();
    const bool based = base_register && operation == DW::DW_OP_breg0 + *base_register;
    if (operation != DW::DW_OP_fbreg && !based) return std::nullopt;
    const std::int64_t offset = cursor.sleb();
    if (!cursor.ok()) return std::nullopt;
    const bool alone = cursor.at_end() || (cursor.u8() == DW::DW_OP_deref && cursor.at_end());
    return alone ? std::optional(offset) : std::nullopt;
}

class VariableWalk {
public:
    VariableWalk(LoadedUnit& unit, std::uint64_t die, FrameBuilder& texts)
        : unit_(unit), texts_(texts), walk_(unit.unit(), unit.abbreviations(), die) {}

    std::vector<Variable> run() {
        if (walk_.next() != DieWalk::Step::die || !walk_.has_children()) return {};
        enter(walk_.tag());
        while (!scopes_.empty() && found_.size() < kMaxVariables) {
            const auto step = walk_.next();
            if (step == DieWalk::Step::end) break;
            if (!unit_.unit().sections().spend(Work::variables, 1)) break;
            if (step == DieWalk::Step::end_of_children) {
                scopes_.pop_back();
            } else {
                visit();
            }
        }
        if (walk_.damaged()) {
            unit_.unit().sections().note_problem("damaged debug information: a DIE tree");
        }
        return std::move(found_);
    }

private:
    /// A list of children, and the function that the variables in it belong to.
    struct Scope {
        std::string_view function;
        std::optional<unsigned> base_register;
    };

    void visit() {
        const Part part = part_of(walk_.tag());
        if (part == Part::variable) return add();
        if (part == Part::other || !walk_.has_children() || scopes_.size() >= kMaxDepth) {
            return walk_.skip_tree();
        }
        if (part == Part::inlined) return enter(walk_.tag());
        scopes_.push_back(Scope(scopes_.back()));
        walk_.skip_attributes();
    }

    /// Goes into a function or an inlined one. Only the DIE of the function itself has a frame
    /// base.
    void enter(std::uint16_t tag) {
        Scope scope;
        const std::uint64_t die = walk_.offset();
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            const bool base = spec.name == DW::DW_AT_frame_base && is_block(value.form);
            if (base && tag == DW::DW_TAG_subprogram) {
                scope.base_register = frame_register(block_bytes(value));
            }
        });
        scope.function = texts_.kept(function_names(unit_.table(), unit_, die).name);
        scopes_.push_back(scope);
    }

    void add() {
        const bool children = walk_.has_children();
        const VariableDie die = read_variable(walk_);
        if (children) walk_.skip_below();
        Variable& variable = found_.emplace_back(described_variable(unit_, die, texts_));
        variable.function = scopes_.back().function;
        if (is_constant(die.tag_offset.form)) variable.tag_offset = die.tag_offset.number;
        for_each_location(unit_.unit(), die.location, [&](Bytes expression) {
            variable.frame_offset = frame_offset(expression, scopes_.back().base_register);
            return !variable.frame_offset;
        });
    }

    LoadedUnit& unit_;
    FrameBuilder& texts_;
    DieWalk walk_;
    std::vector<Scope> scopes_;  ///< from the function to where the walk is
    std::vector<Variable> found_;
};

}  // namespace

std::vector<Variable> frame_variables(const FunctionMatch& function, std::uint64_t address,
                                      FrameBuilder& texts) {
    LoadedUnit& unit = *function.unit;
    const auto calls =
        inlined_at(unit.unit(), unit.abbreviations(), function.function.die, address);
    const std::uint64_t die = calls.empty() ? function.function.die : calls.back().die;
    return VariableWalk(unit, die, texts).run();
}

}  // namespace symline::dwarf
