// Signals and their codes, as programs' sources and manuals name them. `machine` is the e_machine
// of the process, whose numbers they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace symline::output {

/// "SIGSEGV"; "signal 99" where there is no name.
std::string signal_name(int signal, std::uint16_t machine);
/// si_code: "SEGV_MAPERR", "SI_TKILL"; empty where there is no name.
std::string_view signal_code_name(int signal, int code, std::uint16_t machine);
/// What the code says, of the faults that a program raises by itself: "address not mapped"; empty
/// for the others.
std::string_view signal_code_words(int signal, int code, std::uint16_t machine);

}  // namespace symline::output
