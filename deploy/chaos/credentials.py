"""Certificates and secrets of a run: TLS on every line between nodes, and a secret for each role."""
import pathlib
import secrets
import ssl
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Whose secrets a process has: its own, and those of who speaks to it.
KNOWN = {
    "coordinator": ("coordinator", "ingest", "worker", "executor", "operator"),
    "ingest": ("ingest",),
    "worker": ("worker", "ingest"),
    "executor": ("executor",),
}


class Credentials:
    def __init__(self, folder, hosts):
        """hosts: all addresses at which nodes may listen."""
        self.folder = folder
        command = [str(ROOT / "deploy/certificates.sh"), "--dir", str(folder), "--days", "2"]
        for host in hosts:
            command += ["--host", host]
        subprocess.run(command, check=True, capture_output=True)
        for role in KNOWN["coordinator"]:
            (folder / role).write_text(secrets.token_hex(32) + "\n")

    def _tls(self, who):
        pairs = (("ca", "ca.pem"), ("certificate", f"{who}.pem"), ("key", f"{who}.key"))
        return [part for name, file in pairs for part in (f"--tls-{name}", str(self.folder / file))]

    def _secrets(self, roles):
        return [part for role in roles for part in ("--role-secret", f"{role}={self.folder / role}")]

    def of_node(self, role):
        """Flags of `weir`."""
        return self._tls("node") + self._secrets(KNOWN[role])

    @property
    def of_operator(self):
        """Flags of `weirctl`."""
        return self._tls("client") + self._secrets(["operator"])

    def context(self):
        """For producers."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(str(self.folder / "client.pem"), str(self.folder / "client.key"))
        return context
