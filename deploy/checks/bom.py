"""Checks a bill of materials from deploy/sbom.sh: CycloneDX's strict schema, and that nothing points nowhere."""

import json
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main() -> None:
    text = Path(sys.argv[1]).read_text()
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise SystemExit(f"error: the bill of materials is no CycloneDX 1.6: {problem}")
    bom = json.loads(text)
    references = {component["bom-ref"] for component in bom["components"]} | {"weir"}
    pointed = {other for dependency in bom["dependencies"] for other in [dependency["ref"], *dependency["dependsOn"]]}
    if pointed - references:
        raise SystemExit(f"error: the bill of materials points to {sorted(pointed - references)}, which it has not")
    kinds = [component["bom-ref"].partition(":")[0] for component in bom["components"]]
    if kinds.count("swift") == 0 or not {"deb:libnng1", "deb:libmbedtls14", "deb:libsimdjson14", "deb:libsqlite3-0"} <= references:
        raise SystemExit("error: the bill of materials lacks what the programs are linked with")
    print(f"bill of materials: {kinds.count('swift')} Swift packages, {kinds.count('deb')} Debian packages")


if __name__ == "__main__":
    main()
