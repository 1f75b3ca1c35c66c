// --filter-markup: a log with LLVM's symbolizer markup, whose elements are replaced by what they
// stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/markup_element.h"
#include "tools/markup_errors.h"
#include "tools/markup_lookup.h"
#include "tools/markup_modules.h"
#include "tools/markup_writer.h"

namespace symline::tools {

class MarkupFilter {
public:
    /// All are borrowed.
    MarkupFilter(MarkupLookup& lookup, MarkupWriter& writer, MarkupErrors& errors)
        : lookup_(lookup), writer_(writer), errors_(errors) {}

    /// One line, without its end.
    void filter(std::string_view line);
    /// After the last one.
    void finish();

private:
    using Element = log::MarkupElement;
    /// A part of a line: text or an element.
    struct Part {
        std::string_view text;
        std::optional<Element> element;
    };

    void add_text(std::string_view text);
    void write_parts();
    void write_element(const Element& element);
    void write_raw(const Element& element);
    bool write_presentation(const Element& element);

    // Elements that describe a process: what follows on their line is not shown.
    bool take_context(const Element& element);
    void take_reset(const Element& element);
    void take_module(const Element& element);
    void take_mapping(const Element& element);
    std::optional<MarkupModule> read_module(const Element& element);
    std::optional<MarkupMapping> read_mapping(const Element& element);
    void begin_module_line(const MarkupModule& module);
    void end_module_line();

    // Elements that are shown.
    void write_symbol(const Element& element);
    void write_place(const Element& element);
    void write_frame(const Element& element);
    void write_data(const Element& element);
    void write_frames(std::string_view number, std::uint64_t address, const MarkupMapping& mapping,
                      const std::vector<Frame>& frames);
    /// The address that an element means, moved into the call where it is a return address.
    std::optional<std::uint64_t> address_of(const Element& element, std::size_t field,
                                            bool returns);
    /// Null, and said, and the element shown as it is, where no mapping has the address.
    const MarkupMapping* mapping_of(const Element& element, std::string_view field,
                                    std::uint64_t address);
    /// Says why nothing is known of a module, and shows the element as it is.
    void fail(const Element& element, const MarkupModule& module, const Error& error);
    std::string_view line_end() const { return line_.ends_with("\r\n") ? "\r\n" : "\n"; }

    MarkupLookup& lookup_;
    MarkupWriter& writer_;
    MarkupErrors& errors_;
    std::string line_;
    std::vector<Part> parts_;  ///< of the line, so far
    MarkupModules modules_;
    const MarkupModule* shown_module_ = nullptr;  ///< whose line has no end yet
    std::vector<const MarkupMapping*> shown_mappings_;
};

}  // namespace symline::tools
