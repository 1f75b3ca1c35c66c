#include "log/crash_reports.h"

#include <algorithm>
#include <utility>

#include "log/text.h"

namespace symline::log {

namespace {

/// Names, signatures and paths of a frame; longer lines are something else.
constexpr std::size_t kMaxFrame = 16384;

/// "name+0x4", "name+68": the name and what follows the last '+'.
struct NamedOffset {
    std::string_view name;
    std::optional<Number> offset;
};

enum class Digits { decimal, hex };

std::optional<NamedOffset> split_offset(std::string_view text, Digits digits) {
    const auto plus = text.rfind('+');
    if (plus == std::string_view::npos) return std::nullopt;
    Cursor at(text, plus + 1);
    const auto offset = digits == Digits::hex ? at.prefixed_hex() : at.decimal();
    if (!offset || !at.done()) return std::nullopt;
    return NamedOffset{text.substr(0, plus), offset};
}

/// "(BuildId: cd79…)"
std::string_view read_build_id(Cursor& at) {
    const auto from = at.at();
    if (!at.take("(BuildId: ")) return {};
    const auto rest = at.rest();
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if_not(rest, is_hex) - rest.begin());
    at.move_to(at.at() + end);
    if (end != 0 && at.take(')')) return rest.substr(0, end);
    at.move_to(from);
    return {};
}

/// "(abort+164)", "(foo(int, char const*)+12)", "(_start)": up to the build id or the end.
std::optional<NamedOffset> read_function(Cursor& at) {
    if (at.peek() != '(') return std::nullopt;
    const auto rest = at.rest();
    const auto end = rest.substr(0, rest.find(" (BuildId: ")).rfind(')');
    if (end == std::string_view::npos || end < 2) return std::nullopt;
    const auto inside = rest.substr(1, end - 1);
    at.move_to(at.at() + end + 1);
    if (const auto named = split_offset(inside, Digits::decimal)) return named;
    return NamedOffset{inside, std::nullopt};
}

/// Libraries that are run from inside of an archive: "/data/app/x/base.apk!libfoo.so"
std::string_view without_archive(std::string_view file) {
    const auto mark = file.rfind('!');
    if (mark == std::string_view::npos || mark + 1 == file.size()) return file;
    file.remove_prefix(mark + 1);
    return file.substr(file.rfind('/') + 1);
}

/// Android: "#00 pc 000000000004f1ac  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164)
/// (BuildId: cd79…)", in tombstones, in the log, and after "native: " in traces of hung processes.
/// Of callers libunwindstack has taken off the size of an instruction, and the address is the
/// file's.
bool read_tombstone_frame(const LineContext& line) {
    const auto message = line.message.substr(0, kMaxFrame);
    Cursor at(message);
    at.take("native: ");
    if (!at.take('#') || !at.decimal() || at.skip_spaces() == 0 || !at.take("pc ")) return false;
    at.skip_spaces();
    const auto from = at.at();
    const auto address = at.any_hex();
    if (!address || address->digits < 8 || at.skip_spaces() == 0) return false;
    const auto file_from = at.at();
    const auto file_end = std::min(message.find(" (", file_from), message.size());
    const auto file = message.substr(file_from, file_end - file_from);
    // "<unknown>", "<anonymous:7f12>", "[anon:dalvik-jit-code-cache]", "[vdso]"
    if (file.empty() || file.front() == '<' || file.front() == '[') return !file.empty();
    if (file.front() != '/' && contains(file, " ")) return false;
    at.move_to(file_end);
    at.skip_spaces();
    if (at.take("(deleted)")) at.skip_spaces();
    if (at.take("(offset 0x")) {
        if (!at.hex() || !at.take(')')) return false;
        at.skip_spaces();
    }
    auto build_id = read_build_id(at);
    std::optional<NamedOffset> function;
    if (build_id.empty()) {
        function = read_function(at);
        const auto after = at.at();
        at.skip_spaces();
        build_id = read_build_id(at);
        if (build_id.empty()) at.move_to(after);
    }
    const auto end = trimmed_right(message.substr(0, at.at())).size();
    auto& added = line.add(Format::tombstone, Kind::exact, line.start() + from, line.start() + end);
    added.file = without_archive(file);
    added.build_id = build_id;
    added.address = address->value;
    added.space = AddressScope::file;
    if (function) {
        added.symbol = function->name;
        added.offset = function->offset ? function->offset->value : 0;
    }
    return true;
}

/// Newer virtual machines: "  (os_linux.cpp:123)" at the end of a frame that they resolved.
std::string_view take_source(std::string_view& text) {
    if (!text.ends_with(')')) return {};
    const auto open = text.rfind(" (");
    const auto colon = text.rfind(':');
    if (open == std::string_view::npos || colon == std::string_view::npos || colon < open)
        return {};
    Cursor at(text, colon + 1);
    if (!at.decimal() || at.at() + 1 != text.size()) return {};
    const auto source = text.substr(open + 2, text.size() - open - 3);
    text = trimmed_right(text.substr(0, open));
    return source;
}

/// Java: "C  [libfoo.so+0x15de0]  f+0x4": distances from where the file is mapped; of callers,
/// return addresses.
bool read_java_frame(const LineContext& line) {
    auto& state = line.state;
    const bool innermost = std::exchange(state.java_stack_below, false);
    const auto head = line.message.substr(0, kMarkReach);
    const auto is_header = [&](const Mark& mark) { return contains(head, mark.word); };
    if (std::ranges::any_of(kJavaStackMarks, is_header)) {
        state.java_stack_below = true;
        return false;
    }
    Cursor at(line.message.substr(0, kMaxFrame));
    at.take("# ");
    const auto from = at.at();
    if (!at.take(kJavaLibrary) && !at.take(kJavaMachine)) return false;
    const auto inside = at.rest().substr(0, at.rest().find(']'));
    const auto place = split_offset(inside, Digits::hex);
    if (!place || place->name.empty() || inside.size() == at.rest().size()) return false;
    at.move_to(at.at() + inside.size() + 1);
    auto end = at.at();
    at.skip_spaces();
    auto function = trimmed_right(at.rest());
    const auto source = take_source(function);
    const auto named = split_offset(function, Digits::hex);
    if (named) end = at.at() + function.size();
    auto& added = line.add(Format::hs_err, innermost ? Kind::exact : Kind::call,
                           line.start() + from, line.start() + end);
    added.file = place->name;
    added.address = place->offset->value;
    added.space = AddressScope::file;
    added.source = source;
    if (named) {
        added.symbol = named->name;
        added.offset = named->offset->value;
    }
    return true;
}

/// Python 3.14: "Binary file "/usr/bin/python3.14", at _Py_DumpStack+0x31 [0x55a6d8d7b1c1]", with
/// a distance from the load bias where no symbol is known ("at +0x3c050"), or the address alone.
/// They are what backtrace(3) returns.
bool read_python_frame(const LineContext& line) {
    Cursor at(line.message.substr(0, kMaxFrame));
    if (!at.take(kPythonFrame)) return false;
    const auto file = at.rest().substr(0, at.rest().find('"'));
    at.move_to(at.at() + file.size());
    if (file.empty() || !at.take('"')) return false;
    std::optional<NamedOffset> named;
    if (at.take(", at ")) {
        const auto text = at.word();
        named = split_offset(text, Digits::hex);
        // A symbol above the address: "name-0x10".
        if (!named && !contains(text, "-0x")) return false;
    }
    if (!at.take(" [")) return false;
    const auto address = at.prefixed_hex();
    if (!address || !at.take(']')) return false;
    auto& added = line.add(Format::faulthandler, Kind::call, line.start(), line.start() + at.at());
    added.file = file;
    const bool in_file = named && named->name.empty();
    added.address = in_file ? named->offset->value : address->value;
    added.space = in_file ? AddressScope::file : AddressScope::user;
    if (named && !in_file) {
        added.symbol = named->name;
        added.offset = named->offset->value;
    }
    return true;
}

}  // namespace

bool read_crash_report(const LineContext& line) {
    return read_java_frame(line) || read_tombstone_frame(line) || read_python_frame(line);
}

}  // namespace symline::log
