"""An etcd of a run, of one member, in a folder and at an address of its own: coordinators make themselves known there, and may elect the one
that leads."""
import os
import pathlib
import signal
import subprocess
import time

PROGRAM = pathlib.Path("/usr/bin/etcd")


def missing():
    """Why there can be no etcd here; None when there can."""
    return None if PROGRAM.exists() else "it needs etcd: deploy/install.sh --tests"


class Etcd:
    name = "etcd"
    what = "etcd"

    def __init__(self, folder, network):
        self.folder, self.network = folder, network
        self.host, self.port = network.place(self.name)
        _, peer_port = network.port_beside(self.name)
        folder.mkdir()
        peer, client = f"http://{self.host}:{peer_port}", f"http://{self.host}:{self.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ETCD_")}
        with open(folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                network.prefix(self) + ["setpriv", "--pdeathsig=KILL", str(PROGRAM), "--name", self.name]
                + ["--data-dir", str(folder / "data"), "--listen-client-urls", client, "--advertise-client-urls", client]
                + ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"{self.name}={peer}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment,
            )
        end = time.monotonic() + 60
        while subprocess.run(
            network.prefix(self) + ["curl", "-sf", "-o", "/dev/null", f"{client}/health"], capture_output=True
        ).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"etcd does not start: {(folder / 'log').read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    @property
    def settings(self):
        """Lines of the nodes' file."""
        return f"discovery:\n  etcd: http://{self.host}:{self.port}\n"

    @property
    def join(self):
        return f"etcd+http://{self.host}:{self.port}"

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
