// LLVM's answers, in the child process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "llvm_reader/messages.h"

namespace symline::llvm_reader {

class Symbolizer {
public:
    /// Errors: those of opening a file; not_elf where LLVM knows no such format.
    static Expected<Symbolizer> open(const OpenRequest& request);

    Symbolizer(Symbolizer&&) noexcept;
    Symbolizer& operator=(Symbolizer&&) noexcept;
    ~Symbolizer();

    const Opened& opened() const;
    // Empty where nothing is known of the address. Errors: what LLVM says.
    Expected<std::vector<Place>> code(std::uint64_t address,
                                      std::optional<std::uint64_t> section = {});
    Expected<Datum> data(std::uint64_t address);
    Expected<std::vector<Variable>> variables(std::uint64_t address);
    Expected<std::vector<Place>> symbol(const std::string& name, std::uint64_t offset);

private:
    struct State;
    explicit Symbolizer(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace symline::llvm_reader
