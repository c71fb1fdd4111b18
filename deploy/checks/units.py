"""Checks deploy/systemd: systemd reads the units, they are as confined as the page Production says, and weir takes their commands."""

import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from node_command import ROOT, programs, settings

UNITS = ROOT / "deploy/systemd"
# What `systemd-analyze security` may say at most, in tenths; 0 is confined altogether, 100 is root without any.
EXPOSURE_MAX = 11

# As the page Production has it.
CONFIGURATION = """
security: {role_secrets: {ingest: /etc/weir/secrets/ingest, worker: /etc/weir/secrets/worker, executor: /etc/weir/secrets/executor}}
http: {token_file: /etc/weir/token}
"""


def variables(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def systemd_analyze(*arguments: str) -> None:
    run = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)
    if run.returncode != 0 or "weir" in run.stderr:
        raise SystemExit(f"error: systemd-analyze {' '.join(arguments)}\n{run.stdout}{run.stderr}")


def check_command(unit: Path, text: str) -> None:
    example = variables((UNITS / "env.example").read_text())
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE)) | example
    command = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.MULTILINE).group(1))
    arguments = [re.sub(r"\$\{(\w+)\}", lambda match: environment[match.group(1)], part.replace("%i", "name-1")) for part in command[1:]]
    config = arguments.index("--config")
    arguments[config : config + 2] = [f"--config={arguments[config + 1]}"]
    own = {name: value for name, value in environment.items() if name.startswith("WEIR_")}
    found = settings(arguments, own, {"weir.yaml": CONFIGURATION})
    expected = {
        "http.listen": example["HTTP"],
        "security.role_secrets.worker": "/etc/weir/secrets/worker",
        "security.audit_log": example["WEIR_SECURITY_AUDIT_LOG"],
    }
    if any(found[key] != value for key, value in expected.items()):
        raise SystemExit(f"error: {unit}: HTTP, the configuration file or the audit log does not come through")
    if not example["WEIR_SECURITY_AUDIT_LOG"].startswith("/var/log/weir/") or "LogsDirectory=weir\n" not in text:
        raise SystemExit(f"error: {unit}: the audit log's directory can't be written")


def main() -> None:
    units = sorted(UNITS.glob("weir-*@.service"))
    for unit in units:
        text = unit.read_text()
        check_command(unit, text)
        systemd_analyze("security", "--no-pager", "--offline=yes", f"--threshold={EXPOSURE_MAX}", str(unit))
        with tempfile.TemporaryDirectory() as directory:
            # It asks for programs that are there.
            copy = Path(directory) / unit.name
            copy.write_text(text.replace("/usr/local/bin/weir", str(programs() / "weir")))
            systemd_analyze("verify", "--man=no", str(copy))
    print(f"units: {len(units)}, exposure at most {EXPOSURE_MAX / 10}")


if __name__ == "__main__":
    main()
