#!/usr/bin/env python3
"""Hold domtop's batch output against Debian's xentop.

usage: compare.py BEFORE DOMTOP AFTER

BEFORE and AFTER are xentop's outputs taken around DOMTOP's (one sample each, -f -n -x -v), on the same
domains. Header bytes, rows, their order and everything that stands still must be the same; each counter
of domtop's must lie between xentop's two. Prints what differs, a line each; exit status 1 when any does.
"""
import re
import sys

COLUMNS = ["NAME", "STATE", "CPU(sec)", "CPU(%)", "MEM(k)", "MEM(%)", "MAXMEM(k)", "MAXMEM(%)",
           "VCPUS", "NETS", "NETTX(k)", "NETRX(k)", "VBDS", "VBD_OO", "VBD_RD", "VBD_WR",
           "VBD_RSECT", "VBD_WSECT", "SSID"]
COUNTERS = {"CPU(sec)", "NETTX(k)", "NETRX(k)", "VBD_OO", "VBD_RD", "VBD_WR", "VBD_RSECT",
            "VBD_WSECT"}
STILL = ["MAXMEM(k)", "MAXMEM(%)", "VCPUS", "NETS", "VBDS", "SSID"]

problems = []


def problem(text):
    problems.append(text)


class Row:
    def __init__(self, line):
        fields = line.replace("no limit", "no_limit").split()
        self.values = dict(zip(COLUMNS, fields))
        self.complete = len(fields) == len(COLUMNS)
        self.extra = []


def parse(path):
    """The header line and, by name in order of the rows, a Row with its extra lines."""
    header, rows = None, []
    for line in open(path, encoding="utf-8", errors="replace"):
        line = line.rstrip("\n")
        if re.match(r" *NAME  STATE ", line):
            header = line
        elif re.match(r"VCPUs\(sec\)|Net\d+ RX|VBD \w+ |\s+\d+:\s+\d+s", line):
            rows[-1].extra.append(line)
        elif line.strip():
            rows.append(Row(line))
    return header, rows


def numbers(line):
    return [int(n) for n in re.findall(r"\d+", re.sub(r"\[.*?\]", "", line))]


def shape(line):
    """A line without its numbers and the blanks that align them."""
    return re.sub(r" +", " ", re.sub(r"\d+", "#", re.sub(r"\[.*?\]", "[]", line)))


def widths_without_growth(header):
    return re.sub(r" +", " ", header)


def main():
    (head_a, before), (head_d, mine), (head_b, after) = (parse(p) for p in sys.argv[1:4])
    if head_d not in (head_a, head_b) and widths_without_growth(head_d) != widths_without_growth(
            head_a):
        problem(f"header differs:\n  xentop {head_a!r}\n  domtop {head_d!r}")
    if len(head_d) != len(head_a) and len(head_d) != len(head_b):
        problem(f"header widths differ: {len(head_a)}, domtop {len(head_d)}, {len(head_b)}")

    names = [r.values["NAME"] for r in mine]
    if names != [r.values["NAME"] for r in before] or names != [r.values["NAME"] for r in after]:
        problem(f"rows differ: xentop {[r.values['NAME'] for r in before]}, domtop {names}, "
                f"xentop {[r.values['NAME'] for r in after]}")
        return
    if len(set(names)) != len(names):
        problem(f"a row is there twice: {names}")

    for a, d, b in zip(before, mine, after):
        name = d.values["NAME"]
        if not d.complete:
            problem(f"{name}: {len(d.values)} fields")
            continue
        for column in STILL:
            if d.values[column] not in (a.values[column], b.values[column]):
                problem(f"{name} {column}: xentop {a.values[column]}, domtop {d.values[column]}")
        for column in COUNTERS:
            low, value, high = (r.values[column] for r in (a, d, b))
            if not int(low) <= int(value) <= int(high):
                problem(f"{name} {column}: {value} is not within xentop's {low} to {high}")
        if not re.fullmatch(r"[d-][s-][b-][c-][p-][r-]", d.values["STATE"]):
            problem(f"{name} STATE: {d.values['STATE']}")
        if [shape(x) for x in a.extra] != [shape(x) for x in d.extra]:
            problem(f"{name}: extra lines differ:\n  xentop {a.extra}\n  domtop {d.extra}")
            continue
        for x, y, z in zip(a.extra, d.extra, b.extra):
            for low, value, high in zip(numbers(x), numbers(y), numbers(z)):
                if not low <= value <= high:
                    problem(f"{name}: {value} is not within {low} to {high} in {y!r}")


main()
for p in problems:
    print(p)
sys.exit(1 if problems else 0)
