#!/usr/bin/python3
"""named: the metrics that rules and dashboards name are ones that domtop has.

usage: named.py METRICS FILE...     METRICS: what /metrics said. Prints what is named and not there,
and panels or variables without a query; exit status 1 when there is any.
"""
import json
import re
import sys

import yaml

have = set()
for line in open(sys.argv[1], encoding="utf-8"):
    if line[0] != "#":
        have.add(re.match(r"[a-z0-9_]+", line).group())
# Only where there is a store.
have |= {"xen_store_updates_total", "xen_store_failures_total"}
wrong = False


def complain(what):
    global wrong
    print(what)
    wrong = True


def check(where, expr):
    # Recorded names hold a colon and are those of the rules.
    for name in re.findall(r"(?<![a-z0-9_:])xen_[a-z0-9_]+(?![a-z0-9_:])", expr):
        if name not in have:
            complain(f"{where}: there is no {name}")
    labels = set(re.findall(r"([a-z_]+)(?:=~?|!=)\"", expr))
    if labels - {"instance", "domain", "state", "uuid", "job", "mode", "kind"}:
        complain(f"{where}: labels {labels}")


for path in sys.argv[2:]:
    if path.endswith(".json"):
        board = json.load(open(path, encoding="utf-8"))
        ids = [p["id"] for p in board["panels"]]
        if len(ids) != len(set(ids)) or not board["uid"]:
            complain(f"{path}: ids that are no ids")
        for panel in board["panels"]:
            if not panel["targets"]:
                complain(f"{path}: {panel['title']} asks for nothing")
            for target in panel["targets"]:
                check(f"{path}: {panel['title']}", target["expr"])
        names = {v["name"] for v in board["templating"]["list"]}
        for v in board["templating"]["list"]:
            if v["type"] == "query":
                check(f"{path}: {v['name']}", v["definition"])
        used = set(re.findall(r"\$\{?([a-z]+)", json.dumps(board)))
        if used - names:
            complain(f"{path}: no variable {used - names}")
    else:
        rules = yaml.safe_load(open(path, encoding="utf-8"))
        for group in rules["groups"]:
            for rule in group["rules"]:
                check(f"{path}: {rule.get('record') or rule.get('alert')}", rule["expr"])
sys.exit(wrong)
