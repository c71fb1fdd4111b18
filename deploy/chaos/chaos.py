#!/usr/bin/env python3
"""Kills, stops, cuts off, drains and adds processes of a Weir cluster at random, under load, and checks that nothing is lost or counted twice.

A cluster of 1 coordinator, 2 ingests, 3 workers and 2 executors, each a process, takes a generated stream: out of order, with repeated
and malformed lines, spread over both ingests. In the end every record must equal, bit for bit, that of `weir aggregate` over what was
acknowledged, and each intent must have been carried out with one payload. Exit codes: 0 all holds, 1 something does not, 2 skipped.
With --standby there are two coordinators, with their store in a PostgreSQL server of the run, with --etcd nodes find coordinators in an etcd of
the run; both can be cut off as well. With --etcd-lease coordinators elect the one that leads there. With --tls every line has TLS with certificates on both sides, and every role a secret of its own.

Equal seeds make equal plans; what they meet depends on the machine.

Examples:
  deploy/chaos.sh
  deploy/chaos.sh --minutes 5 --seed 7
  deploy/chaos.sh --namespaces --minutes 2      each node in a network namespace, with partitions; needs root, ip and iptables
  deploy/chaos.sh --standby                     needs PostgreSQL's server (deploy/install.sh --tests)
  deploy/chaos.sh --namespaces --standby --etcd --tls --minutes 5      all of it: many hosts, as in production
  deploy/chaos.sh --namespaces --standby --etcd-lease --tls            the same, and the leader is elected in etcd
"""
import argparse
import json
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import etcd
import namespaces
import postgresql
import verdict
from cluster import Cluster, Loopback, find_binaries
from producer import Producers

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Chaos:
    def __init__(self, cluster, random, out):
        self.cluster, self.random, self.out = cluster, random, out
        self.counts = {}
        self.due = []  # (when, what): things that end.
        self.added = 0
        self.drained = set()
        self.began = time.monotonic()
        self.problems = []
        self.last_epoch = 0

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.2f} {text}", file=self.out, flush=True)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def later(self, seconds, what):
        self.due.append((time.monotonic() + seconds, what))

    def run(self, minutes):
        end = self.began + minutes * 60
        next_fault = next_look = self.began + 1
        while time.monotonic() < end:
            now = time.monotonic()
            for item in [item for item in self.due if item[0] <= now]:
                self.due.remove(item)
                item[1]()
            self.supervise()
            if now >= next_fault:
                self.fault()
                next_fault = now + self.random.expovariate(1 / 1.5)
            if now >= next_look:
                self.look()
                next_look = now + 2
            time.sleep(0.02)

    # Faults

    def fault(self):
        # One that was asked to end is left alone until it has: its time is limited.
        running = [node for node in self.cluster.nodes.values() if node.is_running and node.is_wanted and not node.is_stopped]
        kinds = [(self.kill, 8), (self.pause, 5), (self.stop, 3), (self.drain, 3), (self.rebalance, 1), (self.add_or_remove, 2)]
        if hasattr(self.cluster.network, "partition"):
            kinds += [(self.partition, 8), (self.partition_groups, 2)]
        kind = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        # Drawn in any case, so that a plan does not depend on who runs.
        wanted = self.random.choice(["coordinator", "ingest", "worker", "worker", "executor"])
        number = self.random.random()
        candidates = sorted((node for node in running if node.role == wanted), key=lambda node: node.name)
        if candidates:
            kind(candidates[int(number * len(candidates))])

    def kill(self, node):
        self.say(f"kill -9 {node.name}")
        self.count("kills")
        node.kill()
        self.later(self.random.choice([0.0, 0.2, 1.0, 4.5]), lambda: self.start(node))

    def start(self, node):
        # It may have been removed meanwhile.
        if not node.is_running and node.name in self.cluster.nodes:
            self.say(f"start {node.name}")
            node.start()

    def pause(self, node):
        seconds = self.random.choice([0.3, 1.0, 2.5, 6.0])
        self.say(f"stop {node.name} for {seconds} s (SIGSTOP)")
        self.count("stops")
        node.pause()
        self.later(seconds, node.resume)

    def stop(self, node):
        self.say(f"end {node.name} (SIGTERM)")
        self.count("ends")
        node.is_wanted = False
        node.signal(signal.SIGTERM)
        asked = time.monotonic()

        def ended():
            if node.is_wanted:
                return
            if node.is_running and time.monotonic() < asked + 12:
                self.later(0.1, ended)
            elif node.is_running:
                self.problems.append(f"{node.name} did not end within 12 s of SIGTERM")
                node.kill()
                self.start(node)
            else:
                # A process that has only begun to start ends as any does that has no handler yet.
                allowed = (0, -9) if node.is_ready else (0, -9, -signal.SIGTERM)
                if node.process.returncode not in allowed:
                    self.problems.append(f"{node.name} ended with {node.process.returncode} after SIGTERM; see {node.log}")
                self.later(self.random.choice([0.0, 1.0]), lambda: self.start(node))

        self.later(0.1, ended)

    def drain(self, node):
        if node.role not in ("worker", "ingest"):
            return
        busy = [other for other in self.cluster.of(node.role) if other.name not in self.drained and other is not node]
        if not busy or node.name in self.drained:
            return
        self.say(f"drain {node.name}")
        self.count("drains")
        self.drained.add(node.name)
        self.cluster.ctl("drain", node.name, "--yes", "--no-wait", "--timeout", "1", timeout=3)
        self.later(self.random.uniform(1, 6), lambda: self.undrain(node))

    def undrain(self, node):
        if self.cluster.ctl("drain", "--undo", node.name, "--yes", "--timeout", "1", timeout=3) is None:
            self.later(0.5, lambda: self.undrain(node))
            return
        self.drained.discard(node.name)

    def rebalance(self, node):
        self.say("rebalance")
        self.count("rebalances")
        self.cluster.ctl("rebalance", "--yes", "--timeout", "1", timeout=3)

    def add_or_remove(self, node):
        extra = [other for other in self.cluster.of("worker") if int(other.name.split("-")[1]) > 3]
        if len(extra) < 2:
            self.added += 1
            new = self.cluster.add("worker", f"worker-{3 + self.added}")
            self.say(f"add {new.name}")
            self.count("added workers")
            new.start()
        else:
            gone = extra[0]
            if gone.name in self.drained:
                return
            self.say(f"remove {gone.name} (SIGTERM)")
            self.count("removed workers")
            del self.cluster.nodes[gone.name]
            gone.resume()
            gone.is_wanted = False
            gone.signal(signal.SIGTERM)
            self.leaving.append(gone)

    leaving = []

    def partition(self, node):
        others = [other for other in self.cluster.nodes.values() if other is not node]
        if node.role == "coordinator":
            others += self.cluster.services
        elif self.cluster.registry:
            others.append(self.cluster.registry)
        others.sort(key=lambda other: other.name)
        other = self.random.choice(others)
        pair = node.name, other.name
        if pair in self.cluster.network.cut or pair[::-1] in self.cluster.network.cut:
            return
        seconds = self.random.choice([0.5, 2.0, 5.0])
        self.say(f"cut {pair[0]} from {pair[1]} for {seconds} s")
        self.count("partitions")
        self.cut([pair], seconds)

    def partition_groups(self, node):
        """All nodes of a role from all of another, or from a service."""
        groups = {role: [other.name for other in self.cluster.of(role)] for role in ("coordinator", "ingest", "worker", "executor")}
        del groups[node.role]
        groups.update((service.name, [service.name]) for service in self.cluster.services)
        group = self.random.choice(sorted(groups))
        seconds = self.random.choice([0.5, 2.0, 5.0])
        cut = self.cluster.network.cut
        pairs = [(one.name, other) for one in self.cluster.of(node.role) for other in groups[group]]
        pairs = [pair for pair in pairs if pair not in cut and pair[::-1] not in cut]
        if pairs:
            self.say(f"cut every {node.role} from {group} for {seconds} s")
            self.count("partitions of groups")
            self.cut(pairs, seconds)

    def cut(self, pairs, seconds):
        for pair in pairs:
            self.cluster.network.partition(*pair)
        self.later(seconds, lambda: [self.cluster.network.heal(*pair) for pair in pairs])

    # Watching

    def supervise(self):
        for node in list(self.cluster.nodes.values()):
            code = node.note_exit()
            if code is None:
                continue
            last = node.log.read_text(errors="replace").splitlines()[-1:]
            self.say(f"{node.name} ended by itself with {code}: {last}")
            self.count("ended by themselves")
            if code < 0:
                self.problems.append(f"{node.name} crashed with signal {-code}; see {node.log}")
            self.later(0.5, lambda node=node: self.start(node))

    def look(self):
        for node in self.cluster.nodes.values():
            node.note_memory()
        status = self.cluster.status(timeout=2)
        if status:
            self.check(status)

    def check(self, status):
        events = status["events"]
        if events["accepted"] != events["counted"] + events["duplicate"] + events["quarantined"]:
            self.problems.append(f"accepted = counted + duplicate + quarantined does not hold: {events}")
        if status["epoch"] < self.last_epoch:
            self.problems.append(f"the epoch went back from {self.last_epoch} to {status['epoch']}")
        self.last_epoch = max(self.last_epoch, status["epoch"])

    def heal(self):
        """Everything runs again and is in service."""
        self.say("heal")
        network = self.cluster.network
        for pair in list(getattr(network, "cut", ())):
            network.heal(*pair)
        self.due = []
        for node in self.cluster.nodes.values():
            if node.is_stopped:
                node.resume()
            if node.is_running and not node.is_wanted:
                node.kill()
            if not node.is_running:
                self.start(node)
        self.cluster.await_ready()
        end = time.monotonic() + 60
        for name in sorted(self.drained):
            while self.cluster.ctl("drain", "--undo", name, "--yes") is None:
                if time.monotonic() > end:
                    raise AssertionError(f"{name} can't be taken back into service: {self.cluster.last_error}")
                time.sleep(0.2)
        wanted = {node.name for node in self.cluster.nodes.values() if node.role in ("ingest", "worker")}
        while True:
            nodes = [json.loads(line) for line in (self.cluster.ctl("nodes", "--json") or "").splitlines()]
            if wanted <= {node["name"] for node in nodes}:
                return
            if time.monotonic() > end:
                raise AssertionError(f"not all nodes are back: {nodes}")
            time.sleep(0.1)


def judge(cluster, producers, path, chaos):
    """What is wrong in the end."""
    problems = list(chaos.problems)
    began = time.monotonic()
    if cluster.ctl("flush", "--timeout", "120", timeout=150) is None:
        return problems + [f"flush failed: {cluster.last_error}"]
    chaos.say(f"flushed in {time.monotonic() - began:.2f} s")
    wrong, windows, summary = verdict.compare(cluster, path)
    problems += wrong
    status = cluster.status()
    chaos.check(status)
    if status["events"]["counted"] != summary["events"]:
        problems.append(f"{status['events']['counted']} events are counted, and {summary['events']} are right")
    intents = [json.loads(line) for line in (cluster.ctl("intents", "--json", "--limit", "100000", timeout=120) or "").splitlines()]
    unfinished = [intent for intent in intents if intent["state"] != "completed"]
    if unfinished:
        problems.append(f"{len(unfinished)} intents are not carried out, such as {unfinished[0]}")
    names = ("metrics_recorded.ndjson", "metrics_alert.ndjson")
    files = [cluster.folder / node.name / name for node in cluster.of("executor") for name in names]
    done, errors = verdict.carried_out(files)
    problems += errors
    if len(done) < len(intents):
        problems.append(f"{len(intents)} intents, but only {len(done)} in the executors' files")
    revisions = sum(intent["revision"] > 0 for intent in intents)
    print(f"{windows} windows, {len(intents)} intents ({revisions} of revisions); {json.dumps(status['events'])}")
    return problems


def main():
    parser = argparse.ArgumentParser(prog="deploy/chaos.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long faults go on (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="of the plan and of the stream (default: 1)")
    parser.add_argument("--rate", type=int, default=3000, help="events a second (default: 3000)")
    parser.add_argument("--namespaces", action="store_true", help="each node in a network namespace of its own, with partitions")
    parser.add_argument("--standby", action="store_true", help="two coordinators, with their store in PostgreSQL")
    parser.add_argument("--etcd", action="store_true", help="nodes find coordinators in etcd")
    parser.add_argument("--etcd-lease", action="store_true", help="with --standby: the leader is elected in etcd; with --etcd")
    parser.add_argument("--tls", action="store_true", help="TLS on every line, and secrets of roles")
    parser.add_argument("--bin", type=pathlib.Path, help="folder of weir, weirctl and weirload (default: the newest build)")
    parser.add_argument("--keep", action="store_true", help="keep logs and data also when all is well")
    args = parser.parse_args()
    if args.etcd_lease and not args.standby:
        parser.error("--etcd-lease needs --standby")
    args.etcd = args.etcd or args.etcd_lease
    if reason := args.namespaces and namespaces.missing() or args.standby and postgresql.missing() or args.etcd and etcd.missing():
        print(f"SKIPPED: this variant does not run here: {reason}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    plan = random.Random(args.seed)
    bin = args.bin or find_binaries(ROOT)
    network = namespaces.Namespaces() if args.namespaces else Loopback(random.Random())
    cluster = generator = None
    problems = ["it was interrupted"]
    try:
        cluster = Cluster(
            bin, network, args.seed, keep=args.keep, has_standby=args.standby, has_etcd=args.etcd, has_tls=args.tls,
            elects_in_etcd=args.etcd_lease,
        )
        cluster.add_members(executors=2)
        for node in cluster.nodes.values():
            node.start()
        cluster.await_ready()
        events = int(args.rate * args.minutes * 60 * 2) + 10_000
        options = "--duplicates 0.03 --disorder 0.1 --disorder-by 3s --late 0.01 --malformed 0.01 --envelopes 0.1"
        generator = cluster.generate(events, args.rate, f"--seed {args.seed} {options}")
        path = cluster.folder / "acknowledged.ndjson"
        with open(path, "wb") as file:
            context = cluster.credentials.context() if cluster.credentials else None
            producers = Producers(cluster.of("ingest"), generator.stdout, file, args.rate, args.seed, tls=context)
            chaos = Chaos(cluster, plan, sys.stdout)
            chaos.leaving = []
            producers.start()
            chaos.run(args.minutes)
            chaos.heal()
            healed = producers.stop(60)
        if not healed:
            chaos.problems.append(f"producers are not done a minute after all was well again: {producers.error}, {producers.reasons}")
        for node in chaos.leaving:
            try:
                node.process.wait(15)
            except subprocess.TimeoutExpired:
                chaos.problems.append(f"{node.name} did not end when it was removed")
                node.kill()
        problems = judge(cluster, producers, path, chaos)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(chaos.counts.items()))
        peaks = {role: max((node.peak_rss for node in cluster.of(role)), default=0) for role in ("coordinator", "ingest", "worker", "executor")}
        print(
            f"seed {args.seed}: {producers.lines} lines acknowledged in {producers.batches} batches, {producers.again} sent again; {counts}; "
            f"epoch {chaos.last_epoch}; longest pause of a producer {producers.longest_pause:.2f} s; "
            f"largest processes in MiB {peaks}"
        )
        verdict.say(problems)
    finally:
        if generator:
            generator.kill()
            generator.wait()
        if cluster:
            cluster.close(failed=bool(problems))
        else:
            network.close()
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
