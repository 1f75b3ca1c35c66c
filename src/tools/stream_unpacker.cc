#include "tools/stream_unpacker.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

namespace symline::tools {
namespace {

/// xz -9 takes 64 MB.
constexpr std::uint64_t kMaxMemory = std::uint64_t{256} << 20;

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* bytes_of(std::span<char> room) {
    return reinterpret_cast<std::uint8_t*>(room.data());
}

class Gzip : public StreamUnpacker {
public:
    Gzip() {
        constexpr int kGzipOnly = 16;
        ready_ = inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK;
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() override {
        if (ready_) inflateEnd(&stream_);
    }

    bool run(std::string_view& in, std::span<char>& out, bool) override {
        while (ready_ && !out.empty()) {
            if (between_ && (in.empty() || !begin_member(in))) return in.empty();
            const auto result = inflate_some(in, out);
            between_ = result == Z_STREAM_END;
            // Without input what the window still holds comes out, then nothing.
            if (result == Z_BUF_ERROR) return true;
            if (result != Z_OK && !between_) return false;
        }
        return ready_;
    }

    bool complete() const override { return between_; }

private:
    /// Tapes and some file systems pad with zeros.
    bool begin_member(std::string_view& in) {
        in.remove_prefix(std::min(in.find_first_not_of('\0'), in.size()));
        return in.starts_with('\x1f') && inflateReset(&stream_) == Z_OK;
    }

    int inflate_some(std::string_view& in, std::span<char>& out) {
        stream_.next_in = const_cast<Bytef*>(bytes_of(in));  // which zlib does not change
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = bytes_of(out);
        stream_.avail_out = static_cast<uInt>(out.size());
        const auto result = inflate(&stream_, Z_NO_FLUSH);
        in.remove_prefix(in.size() - stream_.avail_in);
        out = out.last(stream_.avail_out);
        return result;
    }

    z_stream stream_{};
    bool ready_ = false;
    bool between_ = false;
};

class Xz : public StreamUnpacker {
public:
    Xz() { ready_ = lzma_stream_decoder(&stream_, kMaxMemory, LZMA_CONCATENATED) == LZMA_OK; }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;
    ~Xz() override { lzma_end(&stream_); }

    bool run(std::string_view& in, std::span<char>& out, bool last) override {
        if (!ready_ || complete_) return ready_;
        stream_.next_in = bytes_of(in);
        stream_.avail_in = in.size();
        stream_.next_out = bytes_of(out);
        stream_.avail_out = out.size();
        auto result = LZMA_OK;
        while (result == LZMA_OK && (stream_.avail_in != 0 || last) && stream_.avail_out != 0) {
            result = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
        }
        in.remove_prefix(in.size() - stream_.avail_in);
        out = out.last(stream_.avail_out);
        complete_ = result == LZMA_STREAM_END;
        return complete_ || result == LZMA_OK || result == LZMA_BUF_ERROR;
    }

    bool complete() const override { return complete_; }

private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool ready_ = false;
    bool complete_ = false;
};

class Zstd : public StreamUnpacker {
public:
    Zstd() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

    bool run(std::string_view& in, std::span<char>& out, bool) override {
        if (context_ == nullptr) return false;
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        std::size_t left = 0;
        while (to.pos < to.size && (from.pos < from.size || !complete_)) {
            const auto before = to.pos + from.pos;
            left = ZSTD_decompressStream(context_.get(), &to, &from);
            if (ZSTD_isError(left) != 0) break;
            complete_ = left == 0;
            if (to.pos + from.pos == before) break;
        }
        in.remove_prefix(from.pos);
        out = out.subspan(to.pos);
        return ZSTD_isError(left) == 0;
    }

    bool complete() const override { return complete_; }

private:
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
    bool complete_ = false;
};

}  // namespace

std::unique_ptr<StreamUnpacker> make_stream_unpacker(base::Packing packing) {
    switch (packing) {
        case base::Packing::gzip: return std::make_unique<Gzip>();
        case base::Packing::xz: return std::make_unique<Xz>();
        case base::Packing::zstd: return std::make_unique<Zstd>();
        case base::Packing::none: break;
    }
    return nullptr;
}

}  // namespace symline::tools
