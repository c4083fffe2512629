"""The numbers, and how they are printed."""

import math


def quantile(values, share):
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p50(values):
    return quantile(values, 0.5)


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def mb(size):
    return f"{size / 1e6:.1f} MB"


class Table:
    """Rows as they are measured, each with what was hoped for. Nothing here fails: numbers are for people."""

    def __init__(self):
        self.rows = []

    def add(self, what, measured, hoped="", met=None):
        mark = {None: "", True: "yes", False: "NO"}[met]
        self.rows.append((what, measured, hoped, mark))
        print(f"   {what}: {measured}", flush=True)

    def print(self):
        head = ("what", "measured", "target", "met")
        widths = [max(len(row[column]) for row in [head, *self.rows]) for column in range(4)]
        for row in [head, tuple("-" * width for width in widths), *self.rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
