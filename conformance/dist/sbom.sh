# The list of what the binary contains, as CycloneDX. maturin writes it into the wheel; this takes it out.

sbom() {
    python3 - "$made/mqttspec-$version"-py3-none-*.whl "$made/mqttspec-$version.cyclonedx.json" << 'END' || wrong "the wheel has no list of components"
import json, sys, zipfile

wheel, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    text = archive.read(next(name for name in archive.namelist() if name.endswith("mqttspec.cyclonedx.json")))
bom = json.loads(text)
names = {component["name"] for component in bom["components"]}
missing = {"mqttspec-codec", "tokio", "ring"} - names
if bom["bomFormat"] != "CycloneDX" or missing or not all("licenses" in c for c in bom["components"]):
    sys.exit(f"expected CycloneDX with the licences of all components, missing: {missing}")
open(to, "wb").write(text)
END
    say "$made/mqttspec-$version.cyclonedx.json"
}
