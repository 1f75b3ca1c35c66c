// The modules and mappings that symbolizer markup has announced, as LLVM's filter keeps them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "symline/build_id.h"

namespace symline::tools {

struct MarkupModule {
    std::uint64_t number = 0;
    std::string name;
    BuildId build_id;
};

struct MarkupMapping {
    std::uint64_t begin = 0, size = 0;
    const MarkupModule* module = nullptr;
    std::string mode;             ///< "rx"
    std::uint64_t in_module = 0;  ///< the address in the module that `begin` stands for

    bool contains(std::uint64_t address) const {
        return begin <= address && address - begin < size;
    }
    std::uint64_t last() const { return begin + size - 1; }
};

class MarkupModules {
public:
    /// A process has some hundred modules and some thousand mappings: a log with more does not
    /// describe one.
    static constexpr std::size_t kMaxModules = 65536;
    static constexpr std::size_t kMaxMappings = std::size_t{1} << 20;

    bool empty() const { return modules_.empty() && mappings_.empty(); }
    void clear();

    /// Null when its number is taken.
    const MarkupModule* add(const MarkupModule& module);
    const MarkupModule* module(std::uint64_t number) const;
    bool full() const { return modules_.size() >= kMaxModules || mappings_.size() >= kMaxMappings; }

    /// A mapping that has addresses of `mapping`; null when there is none.
    const MarkupMapping* overlapping(const MarkupMapping& mapping) const;
    const MarkupMapping* add(const MarkupMapping& mapping);
    const MarkupMapping* containing(std::uint64_t address) const;

private:
    std::map<std::uint64_t, MarkupModule> modules_;
    std::map<std::uint64_t, MarkupMapping> mappings_;  ///< by begin
};

}  // namespace symline::tools
