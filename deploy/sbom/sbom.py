"""The bill of materials of Weir: Swift packages from Package.resolved, and the Debian packages of the image with all that they depend on."""

import argparse
import json
import os
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = """Writes what Weir is made of, as CycloneDX 1.6 in JSON.

Swift packages are those of Package.resolved (swift package resolve makes it), of which a program may use a part only. Licences are told from
.build/checkouts, where those are. Debian packages are those that deploy/docker/Dockerfile installs for the programs, and what they depend on, in
the versions that are installed on this machine: make the bill where the programs are built. SOURCE_DATE_EPOCH fixes its time.

example: deploy/sbom.sh --output weir.cdx.json
"""


def fail(message: str) -> None:
    raise SystemExit(f"error: {message}")


def swift_packages(resolved: Path) -> list[dict]:
    components = []
    for pin in json.loads(resolved.read_text())["pins"]:
        location, state = pin["location"].removesuffix(".git"), pin["state"]
        path = location.partition("://")[2]
        version = state.get("version", state["revision"])
        namespace, _, name = path.rpartition("/")
        component = {
            "type": "library",
            "bom-ref": f"swift:{pin['identity']}",
            "group": namespace,
            "name": name,
            "version": version,
            "purl": f"pkg:swift/{path}@{version}",
            "externalReferences": [{"type": "vcs", "url": pin["location"], "comment": f"revision {state['revision']}"}],
        }
        licence = licence_of(ROOT / ".build/checkouts" / Path(location).name)
        if licence:
            component["licenses"] = [{"license": {"id": licence}}]
        components.append(component)
    return components


def licence_of(checkout: Path) -> str | None:
    """The licence by the first words of its text; None where they are not known."""
    signs = {"Apache License": "Apache-2.0", "Permission is hereby granted": "MIT", "CC0 1.0 Universal": "CC0-1.0"}
    for file in sorted(checkout.glob("LICENSE*")):
        text = file.read_text(errors="replace")[:2000]
        for sign, licence in signs.items():
            if sign in text:
                return licence
    return None


def swift_runtime() -> dict:
    """The runtime of Swift, which is linked into the programs."""
    text = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"Swift version (\S+)", text).group(1)
    return {
        "type": "framework",
        "bom-ref": "swift-runtime",
        "name": "swift",
        "version": version,
        "purl": f"pkg:generic/swift@{version}",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "externalReferences": [{"type": "website", "url": "https://www.swift.org"}],
    }


def image_packages() -> list[str]:
    """What the Dockerfile's last stage installs."""
    stage = (ROOT / "deploy/docker/Dockerfile").read_text().rpartition("\nFROM ")[2]
    return re.search(r"apt-get install ([^&]*?) *\\?\n", stage).group(1).replace("-y", "").replace("--no-install-recommends", "").split()


def debian_packages(names: list[str]) -> tuple[list[dict], dict[str, list[str]]]:
    """Components of the packages and of all that they depend on, and who depends on whom, by bom-ref."""
    components, depends, waiting = {}, {}, list(names)
    distribution = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    version_id = distribution["VERSION_ID"].strip('"')
    while waiting:
        name = waiting.pop()
        if name in components:
            continue
        query = ["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Version}\t${Architecture}\t${Pre-Depends}, ${Depends}", name]
        run = subprocess.run(query, capture_output=True, text=True)
        if run.returncode != 0 or not run.stdout.startswith("installed\t"):
            if name in names:
                fail(f"the Debian package {name} is not installed here; install it with apt-get install {name}")
            continue  # One of several that would do, or one that is virtual.
        _, version, architecture, relations = run.stdout.split("\t")
        needed = [part.split("(")[0].split(":")[0].strip() for relation in relations.split(",") for part in relation.split("|")]
        depends[name] = sorted({part for part in needed if part})
        waiting += depends[name]
        components[name] = {
            "type": "library",
            "bom-ref": f"deb:{name}",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={architecture}&distro=debian-{version_id}",
        }
    edges = {f"deb:{name}": [f"deb:{other}" for other in others if other in components] for name, others in depends.items()}
    return [components[name] for name in sorted(components)], edges


def document(resolved: Path) -> dict:
    source = (ROOT / "Sources/WeirNode/Lifecycle/WeirVersion.swift").read_text()
    version = re.search(r'current = "([^"]+)"', source).group(1)
    swift = swift_packages(resolved) + [swift_runtime()]
    direct = image_packages()
    debian, edges = debian_packages(direct)
    components = swift + debian
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(seconds), timezone.utc) if seconds else datetime.now(timezone.utc)
    weir = {
        "type": "application",
        "bom-ref": "weir",
        "name": "weir",
        "version": version,
        "purl": f"pkg:generic/weir@{version}",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    dependencies = [{"ref": "weir", "dependsOn": [component["bom-ref"] for component in swift] + [f"deb:{name}" for name in direct]}]
    dependencies += [{"ref": reference, "dependsOn": others} for reference, others in sorted(edges.items())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # Equal materials have an equal number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([weir, components], sort_keys=True))}",
        "version": 1,
        "metadata": {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": weir},
        "components": components,
        "dependencies": dependencies,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="sbom.sh", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", metavar="FILE", help="where to write it; standard output unless given")
    parser.add_argument("--resolved", metavar="FILE", type=Path, default=ROOT / "Package.resolved", help="default: Package.resolved")
    options = parser.parse_args()
    if not options.resolved.exists():
        fail(f"{options.resolved} is not there; swift package resolve makes it")
    text = json.dumps(document(options.resolved), indent=2, ensure_ascii=False) + "\n"
    if options.output:
        Path(options.output).write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
