// Steps over the DIEs of a unit without materialising them.
#pragma once

#include <optional>

#include "dwarf/abbreviations.h"
#include "dwarf/unit.h"

namespace symline::dwarf {

/// A reader that goes from DIE to DIE. Nothing is allocated per DIE, nothing recurses: however deep
/// damaged DIEs nest, the walk only counts.
class DieWalk {
public:
    DieWalk(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t offset)
        : unit_(&unit), abbreviations_(&abbreviations), reader_(unit.reader(offset)) {}

    enum class Step { die, end_of_children, end };

    /// Reads the abbreviation code at the current place. After `die`, attributes have to be read or
    /// skipped before the next step.
    Step next() {
        if (reader_.at_end() || !reader_.ok()) return Step::end;
        offset_ = reader_.offset();
        const std::uint64_t code = reader_.uleb();
        if (code == 0) return reader_.ok() ? Step::end_of_children : Step::end;
        abbreviation_ = abbreviations_->find(code);
        if (abbreviation_ == nullptr) {
            damaged_ = true;
            reader_.fail();
            return Step::end;
        }
        attributes_at_ = reader_.offset();
        return Step::die;
    }

    std::uint64_t offset() const { return offset_; }  ///< of the DIE that next() found
    std::uint16_t tag() const { return abbreviation_->tag; }
    bool has_children() const { return abbreviation_->has_children; }
    /// Whether one of PcAttributes is there.
    bool has_pc() const { return abbreviation_->has_pc; }
    bool damaged() const { return damaged_ || !reader_.ok(); }

    /// Calls `visit(const AttributeSpec&, const FormValue&)` for every attribute.
    template <typename Visit>
    void read_attributes(Visit visit) {
        for (const AttributeSpec& spec : abbreviations_->attributes(*abbreviation_)) {
            if (!reader_.ok()) return;
            visit(spec, unit_->read(reader_, spec));
        }
    }

    /// Reads the attributes for which `wanted(name)` holds, skips the others.
    template <typename Wanted, typename Visit>
    void read_attributes(Wanted wanted, Visit visit) {
        for (const AttributeSpec& spec : abbreviations_->attributes(*abbreviation_)) {
            if (wanted(spec.name)) {
                visit(spec, unit_->read(reader_, spec));
            } else {
                skip(spec);
            }
        }
    }

    void skip_attributes() {
        if (abbreviation_->size != Abbreviation::kVariable)
            return reader_.skip(abbreviation_->size);
        for (const AttributeSpec& spec : abbreviations_->attributes(*abbreviation_)) skip(spec);
    }

    /// Moves behind the DIE that next() found and everything below it. The attributes must not have
    /// been read, unless `attributes_read` says so.
    void skip_tree(bool attributes_read = false) {
        if (abbreviation_->has_children && jump_to_sibling()) return;
        const bool children = abbreviation_->has_children;
        if (!attributes_read) skip_attributes();
        if (children) skip_children();
    }

private:
    void skip(const AttributeSpec& spec) {
        if (spec.width != AttributeSpec::kVariable) return reader_.skip(spec.width);
        skip_form(reader_, spec.form, unit_->parameters());
    }

    /// True when DW_AT_sibling stands at a fixed place and leads forward.
    bool jump_to_sibling() {
        if (abbreviation_->sibling_at == Abbreviation::kVariable) return false;
        Reader at = reader_;
        at.seek(attributes_at_ + abbreviation_->sibling_at);
        const std::uint64_t target = unit_->header().offset + at.u32();
        if (!at.ok() || target <= reader_.offset() || target > unit_->header().end) return false;
        reader_.seek(target);
        return true;
    }

    void skip_children() {
        for (std::uint64_t depth = 1; depth > 0;) {
            switch (next()) {
                case Step::end: return;
                case Step::end_of_children: --depth; break;
                case Step::die:
                    if (has_children() && jump_to_sibling()) break;
                    if (has_children()) ++depth;
                    skip_attributes();
                    break;
            }
        }
    }

    const Unit* unit_;
    const AbbreviationTable* abbreviations_;
    Reader reader_;
    const Abbreviation* abbreviation_ = nullptr;
    std::uint64_t offset_ = 0;
    std::uint64_t attributes_at_ = 0;
    bool damaged_ = false;
};

}  // namespace symline::dwarf
