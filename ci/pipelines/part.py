"""Prints one part of a YAML file: `part.py FILE KEY…`. A list is printed line by line; a number picks from a list."""

import sys

from ruamel.yaml import YAML

part = YAML(typ="safe").load(open(sys.argv[1], encoding="utf-8"))
for key in sys.argv[2:]:
    part = part[int(key)] if isinstance(part, list) else part[key]
print(*(part if isinstance(part, list) else [part]), sep="\n")
