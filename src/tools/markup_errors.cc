#include "tools/markup_errors.h"

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

std::string counts(std::string_view wanted, std::size_t count, std::size_t found) {
    return "expected " + std::string(wanted) + std::to_string(count) + " field(s); found " +
           std::to_string(found);
}

/// Right after the tag.
std::string_view after_tag(const log::MarkupElement& element) {
    return element.tag.substr(element.tag.size());
}

}  // namespace

void MarkupErrors::error(std::string_view message, std::string_view at) const {
    failure(message);
    show(at);
}

void MarkupErrors::warning(std::string_view message, std::string_view at) const {
    diagnostics_.say("warning: " + std::string(message));
    show(at);
}

void MarkupErrors::show(std::string_view at) const {
    const auto text = line_.substr(0, line_.find_last_not_of("\r\n") + 1);
    diagnostics_.say(text);
    const auto offset = static_cast<std::size_t>(at.data() - line_.data());
    std::string before;
    output::append_visible_part(before, line_.substr(0, offset));
    diagnostics_.say(std::string(before.size(), ' ') + '^');
}

void MarkupErrors::wrong_type(std::string_view field, std::string_view type) const {
    error("expected " + std::string(type) + "; found '" + std::string(field) + "'", field);
}

bool MarkupErrors::has_fields(const log::MarkupElement& element, std::size_t count) const {
    const std::size_t found = element.fields.size();
    if (found == count) return true;
    const std::string message = counts("", count, found);
    if (found < count) {
        error(message, after_tag(element));
    } else {
        warning(message, after_tag(element));
    }
    return found > count;
}

bool MarkupErrors::has_at_least(const log::MarkupElement& element, std::size_t count) const {
    if (element.fields.size() >= count) return true;
    error(counts("at least ", count, element.fields.size()), after_tag(element));
    return false;
}

void MarkupErrors::warn_above(const log::MarkupElement& element, std::size_t count) const {
    if (element.fields.size() <= count) return;
    warning(counts("at most ", count, element.fields.size()), after_tag(element));
}

}  // namespace symline::tools
