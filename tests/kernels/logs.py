"""Compares what symline decode says about every SYMBOL+OFFSET/SIZE of a guest's console with the truth."""
import collections
import json
import re
import subprocess

from outcome import Outcome
from truth import same, shown

FRAME = re.compile(r"(?<![\w.$/])([A-Za-z_][\w.$]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+)\])?")
PREFIX = re.compile(r"^(\[ *[\d.]+\](\[ *[TC]\d+\])? ?|\[<0>\] )")
# What stands before a program counter, which is looked up as it is even where a call ends.
PROGRAM_COUNTER = re.compile(r"(\b(RIP|EIP|NIP|epc|pc|PC|ERA|era|PSW)\b[^+]*|--- interrupt: \w+ at |\bWARNING: .* at \S+ )$")
# Below one of these is what it interrupted.
INTERRUPTED = re.compile(
    r"(el1h?_?(64)?_(irq|sync|fiq|error)|asm_(sysvec_|exc_|common_interrupt)|handle_exception|__(irq|dabt|und|pabt)_svc|"
    r"(ext|io|mcck)_int_handler|pgm_check_handler|handle_int|rollback_handle_int|except_vec_vi_end|(decrementer|hardware_interrupt|"
    r"doorbell_super|h_virt_irq|data_access)_common(_virt)?|(restore_all_switch_stack|common_interrupt_return|handle_int_return)|"
    r"asm_sysvec_|common_interrupt|handle_tlb\w+|handle_vint)$")


class Frame:
    """One place of the text."""

    def __init__(self, number, line, match, interrupted, stopped):
        self.number, self.line, self.text = number, line.strip(), match[0]
        self.symbol, self.module = match[1], match[4]
        self.offset, self.size = int(match[2], 16), int(match[3], 16)
        before = PREFIX.sub("", line[:match.start()])
        self.unreliable = before.endswith("? ")
        self.labelled = bool(PROGRAM_COUNTER.search(before))
        repeats = stopped is not None and stopped == (match[1], match[2])
        self.exact = self.labelled or interrupted and not self.unreliable or repeats or line[match.end():].startswith(" (P")


def frames_of(lines):
    """The frames of a text. A program counter that was printed is, in the trace below it, the first frame once more."""
    frames, stopped, interrupted, ended = [], None, False, -1
    for number, line in enumerate(lines, 1):
        if line.startswith("#### "):
            stopped = None
        for match in FRAME.finditer(line):
            frame = Frame(number, line, match, interrupted and number == ended + 1, stopped)
            frames.append(frame)
            if frame.labelled:
                stopped = (match[1], match[2])
            elif not re.search(r"\b(lr|LR|ra|RA)\b", line[:match.start()]):
                stopped = None
            interrupted, ended = not frame.unreliable and bool(INTERRUPTED.match(frame.symbol)), number
    return frames


def decode(program, options, path):
    done = subprocess.run([program, "decode", "--offline", "--style=json", *options, path], capture_output=True, text=True,
                          errors="replace", check=False)
    answers = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["line"], answer.get("symbol"), answer.get("offset"), answer.get("module")].append(answer)
    return answers, done.stderr.strip()


def compare(program, options, path, truth):
    with open(path, errors="replace", newline="\n") as file:
        frames = frames_of(file.read().split("\n"))
    for frame in frames:
        image = truth.images.get(frame.module)
        frame.places = [(frame.module, *place) for place in image.places(frame.symbol, frame.offset, frame.size)] if image else []
        frame.wanted = [(module, section, address - (not frame.exact and image.after_call(section, address)))
                        for module, section, address in frame.places]
    truth.look_up({place for frame in frames for place in frame.wanted})
    answers, complaints = decode(program, options, path)
    outcome = Outcome()
    for frame in frames:
        judge(frame, answers.get((frame.number, frame.symbol, frame.offset, frame.module), []), truth, outcome)
    if complaints:
        outcome.differ(f"symline decode says: {complaints.splitlines()[0]}")
    return outcome


def judge(frame, answers, truth, outcome):
    where = f"serial.txt:{frame.number}: {frame.line}"
    if frame.module and frame.module not in truth.images:
        return outcome.explain(f"no debug file of module {frame.module}")
    if not frame.places:
        return outcome.differ(f"{where}\n    vmlinux has no such symbol")
    answer = next((each for each in answers if each.get("size") == frame.size), None)
    if answer is None:
        return outcome.differ(f"{where}\n    symline decode does not answer")
    chains = [answer["frames"], *answer.get("candidates", [])]
    wanted = [truth.answers[place] for place in frame.wanted]
    elf = truth.images[frame.module].elf
    if any(same(chain, each, elf) for chain in chains for each in wanted):
        return outcome.same()
    entries = [truth.at_entry(place[2]) for place in frame.places] if frame.wanted == frame.places and not frame.module else []
    if any(same(chain, each, elf) for chain in chains for each in entries):
        return outcome.same()
    if frame.module and not any(place.line for each in wanted for place in each):
        return outcome.explain("no other program has a line of the module")
    rule = "exact" if frame.exact else "as a return address" if frame.wanted != frame.places else "no call before it"
    return outcome.differ("\n    ".join([where, f"{rule}: {' or '.join(f'{a:#x}' for *_, a in frame.wanted)}",
                                         f"symline ({answer['kind']}): {shown(answer['frames'])} {answer.get('miss', '')}",
                                         *(f"truth: {shown(each)}" for each in wanted)]))
