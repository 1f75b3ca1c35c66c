// Memory for large arrays that are read and written all over: in pages of 2 MB where the system has
// them, so that a place is found without a walk through page tables, and 512 pages are made at
// once.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace symline::elf {

template <typename T>
class HugePages {
public:
    using value_type = T;

    HugePages() = default;
    template <typename U>
    HugePages(const HugePages<U>&) {}

    T* allocate(std::size_t count) {
        if (count > SIZE_MAX / sizeof(T) - kPage) throw std::bad_array_new_length();
        std::size_t size = count * sizeof(T);
        const bool large = size >= 2 * kPage;
        if (large) size = (size + kPage - 1) / kPage * kPage;
        void* memory = large ? std::aligned_alloc(kPage, size) : std::malloc(size);
        if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        if (large) ::madvise(memory, size, MADV_HUGEPAGE);
#endif
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t) { std::free(memory); }

    friend bool operator==(const HugePages&, const HugePages&) { return true; }

private:
    static constexpr std::size_t kPage = std::size_t{2} * 1024 * 1024;
};

}  // namespace symline::elf
