// A program of somebody else: looks its own main() up through the installed library.
#include <cstdio>

#include <symline/symline.h>

int main(int, char** arguments) {
    const auto module = symline::Module::open(arguments[0]);
    if (!module) {
        std::fprintf(stderr, "%s: %s\n", arguments[0], module.error().message.c_str());
        return 1;
    }
    const auto symbols = module->symbols().named("main");
    if (!symbols || symbols->size() != 1) {
        return 2;
    }
    const auto lookup = module->lookup(symbols->front().address);
    if (!lookup || lookup->frames.empty()) {
        return 3;
    }
    const symline::Frame& frame = lookup->frames.front();
    std::printf("%.*s %.*s:%u\n", static_cast<int>(frame.name.size()), frame.name.data(),
                static_cast<int>(frame.location.file.size()), frame.location.file.data(),
                frame.location.line);
}
