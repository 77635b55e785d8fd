#!/usr/bin/env python3
"""The licences, bans and sources of deny.toml held against `cargo metadata`, for machines without cargo-deny.

Advisories need cargo-deny: they are not in the metadata.
"""

import json
import re
import subprocess
import sys
import tomllib


def allowed(expression, allow):
    """Whether an SPDX expression can be met with the allowed licences. `/` is the old way to write OR."""
    text = re.sub(r"\s*/\s*", " OR ", expression)
    words = re.findall(r"\(|\)|[^\s()]+", text)

    def either():
        result = both()
        while words and words[0] == "OR":
            words.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while words and words[0] == "AND":
            words.pop(0)
            result = one() and result
        return result

    def one():
        word = words.pop(0)
        if word == "(":
            result = either()
            words.pop(0)
            return result
        if words and words[0] == "WITH":
            words.pop(0)
            word = f"{word} WITH {words.pop(0)}"
        return word in allow

    return either()


def problems(metadata, deny):
    """What deny.toml forbids, as sentences."""
    allow = set(deny["licenses"]["allow"])
    exceptions = {item["crate"]: set(item["allow"]) for item in deny["licenses"].get("exceptions", [])}
    banned = {item["crate"]: item["reason"] for item in deny["bans"]["deny"]}
    sources = {"registry+" + url for url in deny["sources"]["allow-registry"]}
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        mine = allow | exceptions.get(package["name"], set())
        if not package["license"]:
            yield f"{name}: no licence expression"
        elif not allowed(package["license"], mine):
            yield f"{name}: licence {package['license']}"
        if package["name"] in banned:
            yield f"{name}: banned, {banned[package['name']]}"
        if package["source"] and package["source"] not in sources:
            yield f"{name}: comes from elsewhere than crates.io"


def main():
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    with open("deny.toml", "rb") as file:
        deny = tomllib.load(file)
    found = list(problems(metadata, deny))
    for line in found:
        print(line)
    print(f"licences of {len(metadata['packages'])} packages: {'all allowed' if not found else f'{len(found)} problems'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
