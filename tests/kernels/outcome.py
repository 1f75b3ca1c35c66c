"""What a comparison found."""
import dataclasses


@dataclasses.dataclass
class Outcome:
    """Places compared and equal, and each difference as text of a few lines."""
    compared: int = 0
    equal: int = 0
    explained: dict = dataclasses.field(default_factory=dict)  # reason: how often
    differences: list = dataclasses.field(default_factory=list)

    def same(self):
        self.compared += 1
        self.equal += 1

    def explain(self, reason):
        self.compared += 1
        self.explained[reason] = self.explained.get(reason, 0) + 1

    def differ(self, text):
        self.compared += 1
        self.differences.append(text)

    def __str__(self):
        parts = [f"{self.equal} of {self.compared} equal"]
        parts += [f"{count} explained ({reason})" for reason, count in sorted(self.explained.items())]
        return ", ".join(parts + ([f"{len(self.differences)} differ"] if self.differences else []))
