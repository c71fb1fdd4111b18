#!/usr/bin/env python3
"""Upgrades a running Weir cluster from one build to another, node by node, under load, and checks that nothing is lost or counted twice.

A cluster of 1 coordinator, 2 ingests, 3 workers and 2 executors of the old build takes a generated stream. In the order of the article Production
each process is asked to end (SIGTERM) and started with the new build; between two of them the cluster works with both. With --back one
worker and one executor go back to the old build and forth again on the way. In the end every record must equal, bit for bit, that of the new
build's `weir aggregate` over what was acknowledged. Exit codes: 0 all holds, 1 something does not.

Examples:
  git worktree add /tmp/old v0.1.0 && swift build -c release --package-path /tmp/old
  deploy/upgrade.sh --old /tmp/old/.build/release
  deploy/upgrade.sh --old /tmp/old/.build/release --new .build/release --seconds 10 --back
  deploy/upgrade.sh --old /tmp/old/.build/release --tls
"""
import argparse
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import verdict
from cluster import Cluster, Loopback, find_binaries
from producer import Producers

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of the article Production.
ORDER = ("executor", "worker", "ingest", "coordinator")


class Upgrade:
    def __init__(self, cluster, args):
        self.cluster, self.args = cluster, args
        self.began = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.2f} {text}", flush=True)

    def change(self, node, bin, what):
        """One node to another build, and a while with the cluster as it then is."""
        took = node.stop()
        node.bin = bin
        node.start()
        self.cluster.await_ready()
        self.say(f"{node.name} runs the {what} build; it took {took:.2f} s to end")
        time.sleep(self.args.seconds)
        status = self.cluster.status()
        if not status:
            raise AssertionError(f"the cluster gives no answer: {self.cluster.last_error}")

    def run(self, new, old):
        for role in ORDER[::-1] if self.args.reverse else ORDER:
            for node in self.cluster.of(role):
                self.change(node, new, "new")
                if self.args.back and node.name in ("worker-1", "executor-1"):
                    self.change(node, old, "old")
                    self.change(node, new, "new")


def main():
    parser = argparse.ArgumentParser(prog="deploy/upgrade.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=pathlib.Path, required=True, help="folder of weir, the old build")
    parser.add_argument("--new", type=pathlib.Path, help="folder of weir, weirctl and weirload, the new build (default: the newest build here)")
    parser.add_argument("--seconds", type=float, default=5, help="between two nodes (default: 5)")
    parser.add_argument("--rate", type=int, default=5000, help="events a second (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="of the stream (default: 1)")
    parser.add_argument("--back", action="store_true", help="a worker and an executor go back and forth again")
    parser.add_argument("--tls", action="store_true", help="TLS on every line, and secrets of roles")
    parser.add_argument("--reverse", action="store_true", help="in the opposite order: the coordinator first")
    parser.add_argument("--keep", action="store_true", help="keep logs and data also when all is well")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    new = args.new or find_binaries(ROOT)
    for bin in (args.old, new):
        if not (bin / "weir").exists():
            raise SystemExit(f"no weir in {bin}; build one there with swift build -c release")
    cluster = generator = None
    problems = ["it was interrupted"]
    try:
        cluster = Cluster(new, Loopback(random.Random()), f"upgrade-{args.seed}", keep=args.keep, has_tls=args.tls)
        cluster.add_members(executors=2)
        for node in cluster.nodes.values():
            node.bin = args.old
            node.start()
        cluster.await_ready()
        steps = len(cluster.nodes) + (4 if args.back else 0)
        events = int(args.rate * steps * (args.seconds + 15)) + 10_000
        options = "--duplicates 0.03 --disorder 0.1 --disorder-by 3s --malformed 0.01"
        generator = cluster.generate(events, args.rate, f"--seed {args.seed} {options}")
        path = cluster.folder / "acknowledged.ndjson"
        with open(path, "wb") as file:
            context = cluster.credentials.context() if cluster.credentials else None
            producers = Producers(cluster.of("ingest"), generator.stdout, file, args.rate, args.seed, tls=context)
            producers.start()
            upgrade = Upgrade(cluster, args)
            time.sleep(args.seconds)
            upgrade.run(new, args.old)
            finished = producers.stop(60)
        problems = [] if finished else [f"producers are not done: {producers.error}, {producers.reasons}"]
        if cluster.ctl("flush", "--timeout", "120", timeout=150) is None:
            problems.append(f"flush failed: {cluster.last_error}")
        wrong, windows, summary = verdict.compare(cluster, path)
        problems += wrong
        counted = cluster.status()["events"]["counted"]
        if counted != summary["events"]:
            problems.append(f"{counted} events are counted, and {summary['events']} are right")
        for node in cluster.nodes.values():
            text = node.log.read_text(errors="replace")
            refused = [line for line in text.splitlines() if "version" in line and '"level":"error"' in line]
            problems += [f"{node.name} refused the other build: {line[:300]}" for line in refused[:1]]
        print(
            f"{windows} windows; {producers.lines} lines acknowledged, {producers.again} sent again; longest pause of a producer "
            f"{producers.longest_pause:.2f} s; every record is {'right' if not problems else 'to be looked at'}"
        )
        verdict.say(problems)
    finally:
        if generator:
            generator.kill()
            generator.wait()
        if cluster:
            cluster.close(failed=bool(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
