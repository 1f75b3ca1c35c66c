#include "dwarf/type_size.h"

#include "dwarf/die_walk.h"

namespace symline::dwarf {
namespace {

/// Type definitions, qualifiers and arrays of arrays: real chains have a dozen. A cycle never ends.
constexpr int kMaxSteps = 256;

/// What the size of a type is told by.
struct TypeDie {
    std::uint16_t tag = 0;
    FormValue size, type, signature;

    void set(std::uint16_t name, const FormValue& value) {
        switch (name) {
            case DW::DW_AT_byte_size: size = value; break;
            case DW::DW_AT_type: type = value; break;
            case DW::DW_AT_signature: signature = value; break;
            default: break;
        }
    }
};

/// The bounds of one dimension of an array.
struct Subrange {
    FormValue count, lower, upper;

    void set(std::uint16_t name, const FormValue& value) {
        switch (name) {
            case DW::DW_AT_count: count = value; break;
            case DW::DW_AT_lower_bound: lower = value; break;
            case DW::DW_AT_upper_bound: upper = value; break;
            default: break;
        }
    }
};

std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
    std::uint64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

/// DWARF 5 section 7.12: the lower bound of an array where none is said.
std::int64_t default_lower_bound(std::uint64_t language) {
    switch (language) {
        case DW::DW_LANG_Ada83:
        case DW::DW_LANG_Ada95:
        case DW::DW_LANG_Cobol74:
        case DW::DW_LANG_Cobol85:
        case DW::DW_LANG_Fortran77:
        case DW::DW_LANG_Fortran90:
        case DW::DW_LANG_Fortran95:
        case DW::DW_LANG_Fortran03:
        case DW::DW_LANG_Fortran08:
        case DW::DW_LANG_Julia:
        case DW::DW_LANG_Modula2:
        case DW::DW_LANG_Modula3:
        case DW::DW_LANG_Pascal83:
        case DW::DW_LANG_PLI: return 1;
        default: return 0;
    }
}

/// Nothing where a bound is none that the compiler knew.
std::optional<std::uint64_t> count_of(const Subrange& range, std::uint64_t language) {
    if (range.count) {
        return is_constant(range.count.form) ? std::optional(range.count.number) : std::nullopt;
    }
    if (!is_constant(range.upper.form)) return std::nullopt;
    if (range.lower && !is_constant(range.lower.form)) return std::nullopt;
    const std::uint64_t lower = range.lower
                                    ? range.lower.number
                                    : static_cast<std::uint64_t>(default_lower_bound(language));
    const auto last = static_cast<std::int64_t>(range.upper.number);
    if (last < static_cast<std::int64_t>(lower)) return 0;
    return range.upper.number - lower + 1;
}

/// How many elements an array has, of all dimensions. The walk is before its attributes.
std::optional<std::uint64_t> elements(Sections& asker, DieWalk& walk, LoadedUnit& unit) {
    if (!walk.has_children()) return std::nullopt;
    const std::uint64_t language = unit.unit().attributes().language;
    std::optional<std::uint64_t> all;
    while (walk.next() == DieWalk::Step::die) {
        if (!asker.spend(Work::variables, 1)) return std::nullopt;
        if (walk.tag() == DW::DW_TAG_enumeration_type) return std::nullopt;
        if (walk.tag() != DW::DW_TAG_subrange_type) {
            walk.skip_tree();
            continue;
        }
        Subrange range;
        const bool children = walk.has_children();
        walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            range.set(spec.name, value);
        });
        if (children) walk.skip_below();
        const auto count = count_of(range, language);
        all = count ? product(all.value_or(1), *count) : std::nullopt;
        if (!all) return std::nullopt;
    }
    return all;
}

bool is_pointer(std::uint16_t tag) {
    return tag == DW::DW_TAG_pointer_type || tag == DW::DW_TAG_reference_type ||
           tag == DW::DW_TAG_rvalue_reference_type;
}

/// Walks from a type to the one that it is made of, until one has a size.
class SizeWalk {
public:
    SizeWalk(Sections& asker, unsigned pointer_size) : asker_(asker), pointer_size_(pointer_size) {}

    std::optional<std::uint64_t> run(std::optional<UnitTable::DieReference> at) {
        for (int steps = 0; at && steps < kMaxSteps; ++steps) {
            if (!asker_.spend(Work::variables, 1)) break;
            DieWalk walk(at->unit->unit(), at->unit->abbreviations(), at->die);
            if (walk.next() != DieWalk::Step::die) break;
            const TypeDie die = read(walk);
            if (const auto size = own_size(die, *at)) return product(count_, *size);
            if (die.tag == DW::DW_TAG_array_type && !multiply(elements(asker_, walk, *at->unit)))
                break;
            at = at->table->follow(*at->unit, die.signature ? die.signature : die.type);
        }
        return std::nullopt;
    }

private:
    static TypeDie read(DieWalk& walk) {
        TypeDie die;
        die.tag = walk.tag();
        walk.read_attributes(
            [&](const AttributeSpec& spec, const FormValue& value) { die.set(spec.name, value); });
        return die;
    }

    std::optional<std::uint64_t> own_size(const TypeDie& die, const UnitTable::DieReference& at) {
        if (is_constant(die.size.form)) return die.size.number;
        if (is_pointer(die.tag)) return pointer_size_;
        if (die.tag != DW::DW_TAG_ptr_to_member_type) return std::nullopt;
        return points_to_function(die, at) ? 2 * pointer_size_ : pointer_size_;
    }

    /// A pointer to a member function is two words (Itanium C++ ABI, 2.3).
    static bool points_to_function(const TypeDie& die, const UnitTable::DieReference& at) {
        const auto target = at.table->follow(*at.unit, die.type);
        if (!target) return false;
        DieWalk walk(target->unit->unit(), target->unit->abbreviations(), target->die);
        return walk.next() == DieWalk::Step::die && walk.tag() == DW::DW_TAG_subroutine_type;
    }

    bool multiply(std::optional<std::uint64_t> count) {
        const auto all = count ? product(count_, *count) : std::nullopt;
        count_ = all.value_or(0);
        return all.has_value();
    }

    Sections& asker_;
    unsigned pointer_size_;
    std::uint64_t count_ = 1;  ///< of the elements of the arrays passed so far
};

}  // namespace

std::optional<std::uint64_t> type_size(Sections& asker, LoadedUnit& unit, const FormValue& type) {
    SizeWalk walk(asker, unit.unit().parameters().address_size);
    return walk.run(unit.table().follow(unit, type));
}

}  // namespace symline::dwarf
