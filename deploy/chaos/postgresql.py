"""A PostgreSQL server for a run: in a folder and at an address of its own. What it acknowledges is on disk."""
import os
import pathlib
import shutil
import signal
import subprocess
import time


def programs():
    """The folder of the newest server that Debian's packages have installed; None for none."""
    found = [path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def missing():
    """Why there can be no server here; None when there can."""
    return None if programs() else "it needs PostgreSQL's server: deploy/install.sh --tests"


class PostgreSQL:
    name = "store"
    what = "the store"

    def __init__(self, folder, network):
        self.folder, self.network = folder, network
        self.host, self.port = network.place(self.name)
        self.process = None
        folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        subprocess.run(
            self._command("initdb", "-D", str(folder / "data"), "-U", "weir", "-A", "trust", "-E", "UTF8", "--locale=C"),
            check=True, capture_output=True, cwd="/",
        )
        with open(folder / "data/pg_hba.conf", "a") as file:
            file.write("host all weir samenet trust\n")
        self.start()

    @property
    def connection(self):
        return f"host={self.host} port={self.port} dbname=postgres user=weir"

    def start(self):
        """Returns when it takes statements."""
        # Without a socket in the file system: a cut of the network is one from the server.
        options = [f"listen_addresses={self.host}", f"port={self.port}", "unix_socket_directories=", "log_min_messages=warning"]
        arguments = ["-D", str(self.folder / "data")] + [part for option in options for part in ("-c", option)]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.network.prefix(self) + self._command("postgres", *arguments, dies_with_parent=True),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
            )
        ready = [str(programs() / "pg_isready"), "-h", self.host, "-p", str(self.port), "-q"]
        end = time.monotonic() + 60
        while subprocess.run(self.network.prefix(self) + ready).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL does not start: {(self.folder / 'log').read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    @staticmethod
    def _command(program, *arguments, dies_with_parent=False):
        # The server refuses to run as root.
        options = ["--pdeathsig=KILL"] if dies_with_parent else []
        if os.geteuid() == 0:
            options += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return ["setpriv", *options, str(programs() / program), *arguments]

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
