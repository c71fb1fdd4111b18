"""A network namespace for each node, on one bridge, so that links between any two nodes can be cut."""
import os
import shutil
import subprocess


def missing():
    """Why namespaces can't be used here; None when they can."""
    if os.geteuid() != 0:
        return "it needs root"
    lacking = [tool for tool in ("ip", "iptables") if not shutil.which(tool)]
    if lacking:
        return f"it needs {' and '.join(lacking)}"
    name = f"weir-probe-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
        try:
            run("ip", "netns", "exec", name, "iptables", "-w", "-A", "INPUT", "-s", "127.0.0.2", "-j", "DROP")
            run("ip", "link", "add", f"wp{os.getpid() % 100000}", "type", "bridge")
            run("ip", "link", "del", f"wp{os.getpid() % 100000}")
        finally:
            run("ip", "netns", "del", name)
    except subprocess.CalledProcessError as error:
        return f"{' '.join(error.cmd)}: {error.stderr.strip()}"
    return None


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class Namespaces:
    PORT = 7700

    def __init__(self):
        # Several runs at a time, each with a bridge and addresses of its own.
        self.id = os.getpid() % 100000
        self.bridge = f"weirb{self.id}"
        self.subnet = f"10.{200 + self.id // 256 % 50}.{self.id % 256}"
        self.names, self.cut = {}, set()
        try:
            run("ip", "link", "add", self.bridge, "type", "bridge")
            run("ip", "addr", "add", f"{self.subnet}.1/24", "dev", self.bridge)
            run("ip", "link", "set", self.bridge, "up")
        except BaseException:
            self.close()
            raise

    def place(self, name):
        number = len(self.names) + 2
        namespace, host = f"weir-{self.id}-{name}", f"{self.subnet}.{number}"
        inside, outside = f"wi{self.id}.{number}", f"wo{self.id}.{number}"
        self.names[name] = (namespace, host)
        run("ip", "netns", "add", namespace)
        run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside)
        run("ip", "link", "set", inside, "netns", namespace)
        run("ip", "link", "set", outside, "master", self.bridge, "up")
        run("ip", "-n", namespace, "addr", "add", f"{host}/24", "dev", inside)
        run("ip", "-n", namespace, "link", "set", inside, "up")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        return host, self.PORT

    @property
    def hosts(self):
        """Every address that a node may get."""
        return [f"{self.subnet}.{number}" for number in range(2, 100)]

    def port_beside(self, name):
        """Another port at the address that a name has."""
        return self.names[name][1], self.PORT + 1

    def prefix(self, node):
        return ["ip", "netns", "exec", self.names[node.name][0]]

    def partition(self, a, b):
        """Cuts the link between two nodes, both ways, without a word to either."""
        for one, other in ((a, b), (b, a)):
            for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
                self._iptables(one, "-A", chain, side, self.names[other][1], "-j", "DROP")
        self.cut.add((a, b))

    def heal(self, a, b):
        for one, other in ((a, b), (b, a)):
            for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
                self._iptables(one, "-D", chain, side, self.names[other][1], "-j", "DROP")
        self.cut.discard((a, b))

    def _iptables(self, name, *rule):
        run("ip", "netns", "exec", self.names[name][0], "iptables", "-w", *rule)

    def close(self):
        for namespace, _ in self.names.values():
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        subprocess.run(["ip", "link", "del", self.bridge], capture_output=True)
