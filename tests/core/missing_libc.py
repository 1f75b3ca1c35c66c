#!/usr/bin/env python3
"""gcore of a sleeping server on a machine without debug information for libc: with a debuginfod that serves it, `symline core`
and `symline-addr2line --core` give nanosleep, sleep and main with their lines.

usage: missing_libc.py SYMLINE_PROGRAMS
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "debuginfod"))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import cores
import real_server
from servers import build_id

SOURCE = """#include <unistd.h>
int main(void) {
    for (;;) sleep(1000); /*main*/
}
"""


def find_libc(pid):
    with open(f"/proc/{pid}/maps") as maps:
        return pathlib.Path(re.search(r"(/\S*libc\.so\S*)", maps.read()).group(1))


def answer(programs, folder, core, environment):
    """Frames as (function, file's last part, line), without the debug files that this machine has itself."""
    run = subprocess.run([programs / "symline", "core", "--format=json", "--debug-dir", folder + "/none", core],
                         capture_output=True, timeout=120, env={**os.environ, **environment})
    report = json.loads(run.stdout)
    thread = report["threads"][0]
    frames = [(each.get("function", "?"), os.path.basename(each.get("file", "")), each.get("line", 0))
              for frame in thread["frames"] for each in frame["frames"]]
    missing = {module.get("build_id"): module for module in report.get("missing_files", {}).get("modules", [])}
    return frames, thread, missing


def main():
    programs = pathlib.Path(sys.argv[1])
    cores.need("gcc", "gdb", "debuginfod", "objcopy")
    with tempfile.TemporaryDirectory() as folder:
        program = cores.Program(folder, "server", SOURCE)
        with cores.living([program.path]) as process:
            libc = find_libc(process.pid)
            core = cores.core_of_process(process, os.path.join(folder, "core"))
        name = build_id(libc)
        debug = pathlib.Path("/usr/lib/debug/.build-id") / name[:2] / (name[2:] + ".debug")
        if not debug.exists():
            print("no debug information for this libc (Debian: libc6-dbg)")
            return cores.SKIPPED
        served = pathlib.Path(folder) / "served"
        served.mkdir()
        shutil.copy(debug, served / "libc.debug")
        (pathlib.Path(folder) / "none").mkdir()
        # The library itself lies on a "machine" without anything below /usr/lib/debug.
        frames, _, missing = answer(programs, folder, core, {"DEBUGINFOD_URLS": ""})
        assert "servers" not in missing[name], missing
        assert frames[-4:] and not any("nanosleep" in each[0] and each[2] for each in frames), f"without a server: {frames}"
        with real_server.debuginfod(served, f"{name}/debuginfo") as url:
            environment = {"DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": folder + "/cache", "HOME": folder}
            frames, thread, missing = answer(programs, folder, core, environment)
            assert name not in missing, missing
            shown = [(function.replace("__GI_", "").strip("_"), file, bool(line)) for function, file, line in frames]
            for wanted in (("clock_nanosleep", "clock_nanosleep.c", True), ("sleep", "sleep.c", True)):
                assert wanted in shown, f"{wanted} is not in {frames}"
            assert ("main", "server.c", program.line("main")) in frames, frames
            # The address of the call's return, as a log would have it.
            pc = next(frame["pc"] for frame in thread["frames"]
                      if any("sleep.c" == os.path.basename(each.get("file", "")) for each in frame["frames"]))
            run = subprocess.run([programs / "symline-addr2line", "--core", core, "--debug-dir", folder + "/none", pc],
                                 capture_output=True, text=True, timeout=60, env={**os.environ, **environment})
            assert "/sleep.c:" in run.stdout, run.stdout + run.stderr
        print(f"{len(frames)} frames: {shown}")
        # A server that has other files.
        shutil.rmtree(served)
        real_server.debug_file(program.path, served / "server.debug")
        with real_server.debuginfod(served, f"{build_id(program.path)}/debuginfo") as url:
            environment = {"DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": folder + "/empty", "HOME": folder}
            _, _, missing = answer(programs, folder, core, environment)
            assert missing[name]["servers"] == f"{url}: not there", missing
    return 0


sys.exit(main())
