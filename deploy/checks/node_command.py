"""Whether weir takes a command line as deploy/ writes it: `weir ROLE … --print-config` reads flags, variables and files, and runs nothing."""

import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The roles whose secrets a node of a role needs: its own, and those of who speaks to it.
SECRETS = {
    "coordinator": {"ingest", "worker", "executor", "viewer", "operator", "admin"},
    "ingest": {"ingest"},
    "worker": {"ingest", "worker"},
    "executor": {"executor"},
}


def programs() -> Path:
    """The directory of the programs: WEIR_PROGRAMS, or the newest build in this tree."""
    if "WEIR_PROGRAMS" in os.environ:
        return Path(os.environ["WEIR_PROGRAMS"])
    builds = [ROOT / ".build" / kind for kind in ("release", "debug")]
    built = [build for build in builds if (build / "weir").exists()]
    if not built:
        raise SystemExit("error: no weir is built; run swift build --product weir, or set WEIR_PROGRAMS to the directory of one")
    return max(built, key=lambda build: (build / "weir").stat().st_mtime)


def settings(arguments: list[str], environment: dict[str, str], files: dict[str, str]) -> dict[str, str]:
    """The settings in effect by key, or an exit with the reason why weir refuses the command.

    files: content by name; `--config=/any/path/NAME` is read from here.
    """
    with tempfile.TemporaryDirectory() as directory:
        for name, content in files.items():
            (Path(directory) / name).write_text(content)
        local = []
        for argument in arguments:
            flag, equals, value = argument.partition("=")
            local.append(f"{flag}={directory}/{Path(value).name}" if equals and flag == "--config" else argument)
        run = subprocess.run(
            [programs() / "weir", *local, "--print-config"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    # A variable that is not known is ignored with a warning once the node runs; a known one is named beside its setting.
    unknown = [name for name in environment if name.startswith("WEIR_") and name not in run.stdout]
    if run.returncode != 0 or unknown:
        raise SystemExit(f"error: weir {' '.join(arguments)}\n{environment}\n{files}\nnot known: {unknown}\n{run.stderr}")
    return parsed(run.stdout)


def parsed(text: str) -> dict[str, str]:
    """What --print-config prints, by key with its groups: `group:` lines, and `key: value  # origin` within them, two spaces deeper."""
    found, groups = {}, []
    for line in text.splitlines():
        key, colon, rest = line.partition(":")
        if not colon or line.lstrip().startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        groups = groups[:depth] + [key.strip()]
        value = rest.split("  #")[0].strip()
        if value:
            found[".".join(groups)] = value
    return found
