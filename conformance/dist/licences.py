"""Prints the licences of every crate that is linked into the binary, each text once: licences.py TARGET"""

import json
import pathlib
import subprocess
import sys


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def texts(package):
    """The files of a crate that hold its licence."""
    folder = pathlib.Path(package["manifest_path"]).parent
    names = ("license", "licence", "copying", "copyright", "unlicense", "notice")
    files = [file for file in sorted(folder.iterdir()) if file.name.lower().startswith(names) and file.is_file()]
    return [file.read_text(errors="replace").strip() for file in files]


target = sys.argv[1]
linked = set(cargo("tree", "--locked", "--package", "mqttspec", "--edges", "normal", "--target", target,
                   "--prefix", "none", "--no-dedupe", "--format", "{p}").split("\n"))
linked = {tuple(line.split()[:2]) for line in linked if line}
packages = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", target))["packages"]
crates, bare, by_text = [], [], {}
for package in packages:
    name = (package["name"], "v" + package["version"])
    if name not in linked or package["source"] is None:
        continue
    crates.append(f"{name[0]} {name[1][1:]}: {package['license'] or package['license_file']}")
    found = texts(package)
    if not found:
        authors = ", ".join(package["authors"]) or package["repository"]
        bare.append(f"{name[0]} {name[1][1:]}: {package['license']}, by {authors}")
    for text in found:
        by_text.setdefault(" ".join(text.split()), (text, []))[1].append(name[0])
if len(crates) < 100:
    sys.exit(f"expected more than 100 crates in the binary, found {len(crates)}")

print("mqttspec contains these crates, under the licences that each names:\n")
print("\n".join(sorted(crates)))
print("\nIt is linked with these, under licences whose texts are below too:\n")
print("the Rust standard library: MIT OR Apache-2.0, Copyright The Rust Project Contributors")
print("musl, the C library: MIT, Copyright 2005-2020 Rich Felker, et al.")
if bare:
    print("\nThese bring no file with a licence; the texts below, of others, are the same:\n")
    print("\n".join(sorted(bare)))
for text, names in by_text.values():
    print("\n" + "=" * 80 + "\n" + ", ".join(sorted(set(names))) + "\n" + "=" * 80 + "\n\n" + text)
