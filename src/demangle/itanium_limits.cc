// Parses the name with LLVM's own parser, and adds to every node of the syntax tree how much text
// it expands to, before anything is printed.
#include <llvm/Demangle/ItaniumDemangle.h>

#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <type_traits>

#include "demangle/demangle_limits.h"

namespace symline::demangling {
namespace {

using namespace llvm::itanium_demangle;

constexpr std::uint64_t kMaxText = std::uint64_t{1} << 22;
constexpr std::uint32_t kMaxDepth = 512;
constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 21;
/// "Tp" and "Tt" are the productions that LLVM's parser nests without asking the derived class.
constexpr std::size_t kMaxTemplateParameters = 4096;

/// Upper bounds of what printing a node takes.
struct Measure {
    std::uint64_t text = 0;      ///< bytes and visited nodes
    std::uint64_t forward = 0;   ///< how often a reference to a later template argument is printed
    std::uint64_t elements = 1;  ///< of the largest parameter pack below
    std::uint32_t depth = 0;
};

std::uint64_t capped(std::uint64_t value) {
    return std::min(value, kMaxText);
}

/// Nodes with a Measure in front of each; all are released together.
class MeasuringAllocator {
public:
    void reset() {}

    template <typename T, typename... Args>
    Node* makeNode(Args&&... args) {
        Measure all;
        std::uint64_t widest = 0;
        (add(all, widest, args), ...);
        if constexpr (std::is_same_v<T, ParameterPack>) {
            // One element at a time is printed, by the expansion around the pack.
            all.text = widest;
        } else if constexpr (std::is_same_v<T, ParameterPackExpansion>) {
            const std::uint64_t times = all.forward > 0 ? kUnknownPack : all.elements;
            all.text = capped(all.text * times);
            all.forward = capped(all.forward * times);
            all.elements = 1;
        } else if constexpr (std::is_same_v<T, ForwardTemplateReference>) {
            all.forward = 1;
            ++forward_references_;
        }
        if constexpr (std::is_same_v<T, SpecialSubstitution> ||
                      std::is_same_v<T, ExpandedSpecialSubstitution>) {
            all.text += kSpecial;
        }
        all.text = capped(all.text + kPerNode);
        ++all.depth;
        largest_ = std::max(largest_, all.text);
        void* memory = memory_.allocate(kHeader + sizeof(T), alignof(std::max_align_t));
        auto* node = new (static_cast<char*>(memory) + kHeader) T(std::forward<Args>(args)...);
        new (memory) Measure(all);
        return node;
    }

    void* allocateNodeArray(std::size_t count) {
        return memory_.allocate(std::max<std::size_t>(1, count) * sizeof(Node*), alignof(Node*));
    }

    bool within_limits(const Node* root) const {
        const Measure& all = of(root);
        std::uint64_t text = all.text;
        // The target of a forward reference may contain forward references itself.
        for (std::uint64_t i = 0; all.forward > 0 && i < forward_references_; ++i) {
            text = capped(text + text * all.forward + largest_ * all.forward);
            if (text == kMaxText) break;
        }
        return text < kMaxText &&
               all.depth * (1 + std::min<std::uint64_t>(forward_references_, kMaxDepth)) <
                   kMaxDepth;
    }

private:
    static constexpr std::size_t kHeader = (sizeof(Measure) + alignof(std::max_align_t) - 1) /
                                           alignof(std::max_align_t) * alignof(std::max_align_t);
    static constexpr std::uint64_t kPerNode = 16;
    static constexpr std::uint64_t kUnknownPack = 16;
    static constexpr std::uint64_t kSpecial = 80;  // "Ss" is std::basic_string<char, ...>

    static const Measure& of(const Node* node) {
        return *reinterpret_cast<const Measure*>(reinterpret_cast<const char*>(node) - kHeader);
    }

    static void add_node(Measure& all, std::uint64_t& widest, const Node* node) {
        if (node == nullptr) return;
        const Measure& part = of(node);
        all.text = capped(all.text + part.text);
        all.forward = capped(all.forward + part.forward);
        all.elements = std::max(all.elements, part.elements);
        all.depth = std::max(all.depth, part.depth);
        widest = std::max(widest, part.text);
    }

    template <typename Arg>
    static void add(Measure& all, std::uint64_t& widest, const Arg& arg) {
        if constexpr (std::is_same_v<Arg, NodeArray>) {
            for (const Node* node : arg) add_node(all, widest, node);
            all.elements = std::max<std::uint64_t>(all.elements, arg.size());
        } else if constexpr (std::is_convertible_v<Arg, const Node*>) {
            add_node(all, widest, arg);
        } else if constexpr (std::is_convertible_v<Arg, std::string_view>) {
            all.text = capped(all.text + std::string_view(arg).size());
        }
    }

    std::pmr::monotonic_buffer_resource memory_;
    std::uint64_t largest_ = 0;
    std::uint64_t forward_references_ = 0;
};

/// LLVM's parser, which gives up where it goes too deep or tries too often.
class BoundedParser : public AbstractManglingParser<BoundedParser, MeasuringAllocator> {
    using Base = AbstractManglingParser<BoundedParser, MeasuringAllocator>;

public:
    using Base::Base;

    Node* parseType() {
        return bounded([this] { return Base::parseType(); });
    }
    Node* parseQualifiedType() {
        return bounded([this] { return Base::parseQualifiedType(); });
    }
    Node* parseDecltype() {
        return bounded([this] { return Base::parseDecltype(); });
    }
    Node* parseExpr() {
        return bounded([this] { return Base::parseExpr(); });
    }
    Node* parseBracedExpr() {
        return bounded([this] { return Base::parseBracedExpr(); });
    }
    Node* parseTemplateArg() {
        return bounded([this] { return Base::parseTemplateArg(); });
    }
    Node* parseName(Base::NameState* state = nullptr) {
        return bounded([&] { return Base::parseName(state); });
    }
    template <typename... Flags>
    Node* parseEncoding(Flags... flags) {
        return bounded([&] { return Base::parseEncoding(flags...); });
    }

    bool exceeded() const { return exceeded_; }

private:
    template <typename Parse>
    Node* bounded(Parse parse) {
        if (depth_ == kMaxDepth || ++steps_ > kMaxSteps) exceeded_ = true;
        if (exceeded_) return nullptr;
        ++depth_;
        Node* node = parse();
        --depth_;
        return node;
    }

    std::uint32_t depth_ = 0;
    std::uint64_t steps_ = 0;
    bool exceeded_ = false;
};

std::size_t template_parameters(std::string_view name) {
    std::size_t count = 0;
    for (std::size_t at = name.find('T'); at != name.npos; at = name.find('T', at + 1)) {
        const char next = at + 1 < name.size() ? name[at + 1] : '\0';
        if (next == 'p' || next == 't') ++count;
    }
    return count;
}

}  // namespace

bool within_itanium_limits(std::string_view name) {
    // Too short to expand to much.
    constexpr std::size_t kShort = 64;
    if (name.size() <= kShort) return true;
    if (name.size() > kMaxMangledName) return false;
    if (template_parameters(name) > kMaxTemplateParameters) return false;
    BoundedParser parser(name.data(), name.data() + name.size());
    const Node* root = parser.parse();
    if (parser.exceeded()) return false;
    return root == nullptr || parser.ASTAllocator.within_limits(root);
}

}  // namespace symline::demangling
