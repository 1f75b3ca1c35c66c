#include "tools/markup_filter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/hex.h"

namespace symline::tools {
namespace {

/// [rR]?[wW]?[xX]?, in lower case.
std::optional<std::string> mode(std::string_view text) {
    std::string lower;
    for (const char letter : {'r', 'w', 'x'}) {
        if (text.empty() || (text[0] | 0x20) != letter) continue;
        lower += letter;
        text.remove_prefix(1);
    }
    return text.empty() && !lower.empty() ? std::optional(lower) : std::nullopt;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t value = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "0x0000000000001234"
std::string whole_hex(std::uint64_t value) {
    const std::string digits = base::hex_digits(value);
    return "0x" + std::string(16 - digits.size(), '0') + digits;
}

/// As in LLVM an odd digit is the first byte's.
std::optional<BuildId> build_id_of(std::string_view text) {
    return BuildId::parse(text.size() % 2 == 0 ? std::string(text) : '0' + std::string(text));
}

bool is_lower(std::string_view tag) {
    return std::ranges::all_of(tag, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

void MarkupFilter::filter(std::string_view line) {
    line_.assign(line) += '\n';
    errors_.set_line(line_);
    writer_.reset();
    parts_.clear();
    std::size_t at = 0;
    while (auto element = log::next_markup_element(line_, at)) {
        const auto begin = static_cast<std::size_t>(element->text.data() - line_.data());
        add_text(std::string_view(line_).substr(at, begin - at));
        at = begin + element->text.size();
        if (take_context(*element)) return;
        parts_.push_back({element->text, std::move(*element)});
    }
    add_text(std::string_view(line_).substr(at));
    end_module_line();
    write_parts();
}

void MarkupFilter::finish() {
    end_module_line();
    writer_.reset();
    modules_.clear();
}

/// Sequences that set colours are parts of their own.
void MarkupFilter::add_text(std::string_view text) {
    while (!text.empty()) {
        std::size_t size = colour_sequence(text);
        if (size == 0) {
            size = 1;
            while (size < text.size() && colour_sequence(text.substr(size)) == 0) {
                const auto next = text.find('\033', size + 1);
                size = next == std::string_view::npos ? text.size() : next;
            }
        }
        parts_.push_back({text.substr(0, size), std::nullopt});
        text.remove_prefix(size);
    }
}

void MarkupFilter::write_parts() {
    for (const Part& part : parts_) {
        if (part.element) {
            write_element(*part.element);
        } else if (!writer_.take_colour(part.text)) {
            writer_.text(part.text);
        }
    }
}

void MarkupFilter::write_element(const Element& element) {
    if (!is_lower(element.tag)) {
        errors_.error("tags must be all lowercase characters", element.tag);
    } else if (!write_presentation(element)) {
        writer_.text(element.text);
    }
}

bool MarkupFilter::write_presentation(const Element& element) {
    if (element.tag == "symbol") return write_symbol(element), true;
    if (element.tag == "pc") return write_place(element), true;
    if (element.tag == "bt") return write_frame(element), true;
    if (element.tag == "data") return write_data(element), true;
    return false;
}

void MarkupFilter::write_raw(const Element& element) {
    writer_.begin();
    writer_.text("[[[");
    writer_.value(element.tag);
    for (const std::string_view field : element.fields) {
        writer_.text(":");
        writer_.value(field);
    }
    writer_.text("]]]");
    writer_.end();
}

bool MarkupFilter::take_context(const Element& element) {
    if (element.tag == "mmap") return take_mapping(element), true;
    if (element.tag == "reset") return take_reset(element), true;
    if (element.tag == "module") return take_module(element), true;
    return false;
}

void MarkupFilter::take_reset(const Element& element) {
    if (!errors_.has_fields(element, 0) || modules_.empty()) return;
    end_module_line();
    write_parts();
    write_raw(element);
    writer_.text(line_end());
    modules_.clear();
}

std::optional<MarkupModule> MarkupFilter::read_module(const Element& element) {
    if (!errors_.has_at_least(element, 3)) return std::nullopt;
    const auto& fields = element.fields;
    const auto number = log::markup_integer(fields[0]);
    if (!number) return errors_.wrong_type(fields[0], "module ID"), std::nullopt;
    if (fields[2] != "elf") return errors_.error("unknown module type", fields[2]), std::nullopt;
    if (!errors_.has_fields(element, 4)) return std::nullopt;
    auto build_id = build_id_of(fields[3]);
    if (!build_id) return errors_.wrong_type(fields[3], "build ID"), std::nullopt;
    return MarkupModule{*number, std::string(fields[1]), std::move(*build_id)};
}

void MarkupFilter::take_module(const Element& element) {
    auto read = read_module(element);
    if (!read) return;
    if (modules_.full()) return errors_.error("too many modules", element.fields[0]);
    const MarkupModule* module = modules_.add(*read);
    if (module == nullptr) return errors_.error("duplicate module ID", element.fields[0]);
    end_module_line();
    write_parts();
    begin_module_line(*module);
    writer_.text("; BuildID=");
    writer_.value(module->build_id.hex());
}

std::optional<MarkupMapping> MarkupFilter::read_mapping(const Element& element) {
    if (!errors_.has_at_least(element, 3)) return std::nullopt;
    const auto& fields = element.fields;
    const auto wrong = [&](std::size_t field, std::string_view type) {
        errors_.wrong_type(fields[field], type);
        return std::nullopt;
    };
    const auto begin = log::markup_address(fields[0]);
    if (!begin) return wrong(0, "address");
    const auto size = log::markup_integer(fields[1]);
    if (!size) return wrong(1, "size");
    if (fields[2] != "load") return errors_.error("unknown mmap type", fields[2]), std::nullopt;
    if (!errors_.has_fields(element, 6)) return std::nullopt;
    const auto number = log::markup_integer(fields[3]);
    if (!number) return wrong(3, "module ID");
    auto letters = mode(fields[4]);
    if (!letters) return wrong(4, "mode");
    const MarkupModule* module = modules_.module(*number);
    if (module == nullptr) return errors_.error("unknown module ID", fields[3]), std::nullopt;
    const auto in_module = log::markup_address(fields[5]);
    if (!in_module) return wrong(5, "address");
    return MarkupMapping{*begin, *size, module, std::move(*letters), *in_module};
}

void MarkupFilter::take_mapping(const Element& element) {
    auto read = read_mapping(element);
    if (!read) return;
    if (const MarkupMapping* other = modules_.overlapping(*read)) {
        return errors_.error("overlapping mmap: #" + base::hex(other->module->number) + " [" +
                                 base::hex(other->begin) + "-" + base::hex(other->last()) + "]",
                             element.fields[0]);
    }
    if (modules_.full()) return errors_.error("too many mappings", element.fields[0]);
    const MarkupMapping* mapping = modules_.add(*read);
    if (shown_module_ != mapping->module) {
        end_module_line();
        write_parts();
        begin_module_line(*mapping->module);
        writer_.text("; adds");
    }
    shown_mappings_.push_back(mapping);
}

void MarkupFilter::begin_module_line(const MarkupModule& module) {
    writer_.begin();
    writer_.text("[[[ELF module");
    writer_.value(" #" + base::hex(module.number) + " ");
    writer_.text("\"");
    writer_.value(module.name);
    writer_.text("\"");
    shown_module_ = &module;
}

void MarkupFilter::end_module_line() {
    if (shown_module_ == nullptr) return;
    std::ranges::stable_sort(shown_mappings_, {}, &MarkupMapping::begin);
    std::string_view separator = " ";
    for (const MarkupMapping* mapping : shown_mappings_) {
        writer_.text(std::exchange(separator, ","));
        writer_.text("[");
        writer_.value(base::hex(mapping->begin));
        writer_.text("-");
        writer_.value(base::hex(mapping->last()));
        writer_.text("](");
        writer_.value(mapping->mode);
        writer_.text(")");
    }
    writer_.text("]]]");
    writer_.text(line_end());
    writer_.end();
    shown_module_ = nullptr;
    shown_mappings_.clear();
}

void MarkupFilter::write_symbol(const Element& element) {
    if (!errors_.has_fields(element, 1)) return;
    writer_.begin();
    writer_.text(lookup_.name(element.fields[0]));
    writer_.end();
}

std::optional<std::uint64_t> MarkupFilter::address_of(const Element& element, std::size_t field,
                                                      bool returns) {
    const auto& fields = element.fields;
    const auto address = log::markup_address(fields[field]);
    if (!address) return errors_.wrong_type(fields[field], "address"), std::nullopt;
    if (fields.size() == field + 2) {
        const std::string_view type = fields[field + 1];
        if (type != "ra" && type != "pc") return errors_.wrong_type(type, "PC type"), std::nullopt;
        returns = type == "ra";
    }
    return returns ? *address - 1 : *address;
}

const MarkupMapping* MarkupFilter::mapping_of(const Element& element, std::string_view field,
                                              std::uint64_t address) {
    const MarkupMapping* mapping = modules_.containing(address);
    if (mapping == nullptr) {
        errors_.error("no mmap covers address", field);
        write_raw(element);
    }
    return mapping;
}

void MarkupFilter::fail(const Element& element, const MarkupModule& module, const Error& error) {
    errors_.failure(error.message + " for ELF module #" + base::hex(module.number) + " \"" +
                    module.name + "\"; BuildID=" + module.build_id.hex());
    write_raw(element);
}

void MarkupFilter::write_place(const Element& element) {
    if (!errors_.has_at_least(element, 1)) return;
    errors_.warn_above(element, 2);
    const auto address = address_of(element, 0, false);
    if (!address) return;
    const MarkupMapping* mapping = mapping_of(element, element.fields[0], *address);
    if (mapping == nullptr) return;
    const auto frames =
        lookup_.frames(mapping->module->build_id, *address - mapping->begin + mapping->in_module);
    if (!frames) return fail(element, *mapping->module, frames.error());
    if (frames->empty()) return write_raw(element);
    // The line is the innermost one, the function the one that has the code.
    const SourceLocation& location = frames->front().location;
    writer_.begin();
    writer_.value(lookup_.name(frames->back()));
    writer_.text("[");
    writer_.value(lookup_.path(location));
    writer_.text(":");
    writer_.value(std::to_string(location.line));
    writer_.text("]");
    writer_.end();
}

void MarkupFilter::write_frame(const Element& element) {
    if (!errors_.has_at_least(element, 2)) return;
    errors_.warn_above(element, 3);
    const auto number = decimal(element.fields[0]);
    if (!number) return errors_.wrong_type(element.fields[0], "frame number");
    const auto address = address_of(element, 1, true);
    if (!address) return;
    const MarkupMapping* mapping = mapping_of(element, element.fields[0], *address);
    if (mapping == nullptr) return;
    auto frames =
        lookup_.frames(mapping->module->build_id, *address - mapping->begin + mapping->in_module);
    if (!frames) return fail(element, *mapping->module, frames.error());
    if (frames->empty()) frames->emplace_back();
    write_frames(std::to_string(*number), *address, *mapping, *frames);
}

void MarkupFilter::write_frames(std::string_view number, std::uint64_t address,
                                const MarkupMapping& mapping, const std::vector<Frame>& frames) {
    constexpr std::size_t kNumberWidth = 6;
    const std::size_t indent = kNumberWidth - std::min(kNumberWidth, number.size() + 1);
    writer_.begin();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const bool last = i + 1 == frames.size();
        writer_.text(std::string(indent, ' ') + '#');
        writer_.value(number);
        writer_.text(last ? "   " : ".");
        const std::string level = std::to_string(i + 1);
        if (!last) writer_.value(level + std::string(level.size() < 2 ? 1 : 0, ' '));
        writer_.value(" " + whole_hex(address) + " ");
        const Frame& frame = frames[i];
        if (!frame.linkage_or_name().empty() || !frame.location.file.empty()) {
            writer_.value(lookup_.name(frame));
            writer_.text(" ");
            writer_.value(lookup_.path(frame.location));
            writer_.text(":");
            writer_.value(std::to_string(frame.location.line));
            writer_.text(":");
            writer_.value(std::to_string(frame.location.column));
            writer_.text(" ");
        }
        writer_.text("(");
        writer_.value(mapping.module->name);
        writer_.text("+");
        writer_.value(base::hex(address - mapping.begin + mapping.in_module));
        writer_.text(")");
        if (!last) writer_.text(line_end());
    }
    writer_.end();
}

void MarkupFilter::write_data(const Element& element) {
    if (!errors_.has_fields(element, 1)) return;
    const auto address = log::markup_address(element.fields[0]);
    if (!address) return errors_.wrong_type(element.fields[0], "address");
    const MarkupMapping* mapping = mapping_of(element, element.fields[0], *address);
    if (mapping == nullptr) return;
    const auto name =
        lookup_.data(mapping->module->build_id, *address - mapping->begin + mapping->in_module);
    if (!name) return fail(element, *mapping->module, name.error());
    writer_.begin();
    writer_.text(*name);
    writer_.end();
}

}  // namespace symline::tools
