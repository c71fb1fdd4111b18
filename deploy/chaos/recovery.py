#!/usr/bin/env python3
"""Measures how long a Weir cluster needs to be right and current again when a process dies under load.

A cluster of 1 coordinator, 2 ingests, 3 workers and 1 executor, each a process on loopback, takes --rate events a second, whose event
times go with the clock. Then a worker is killed (kill -9) and stays dead; later the coordinator is killed and started again. The time
counts from the kill of the worker, and from the restart of the coordinator, until the watermark is again within --current seconds of
the newest event that was acknowledged: then all windows up to there are closed. In the end every record is compared with that of
`weir aggregate`, bit for bit. Exit codes: 0 right, and within --goal; 1 not; 2 skipped.

With --standby there are two coordinators, with their store in a PostgreSQL server of the run. The one that leads is killed and stays
dead until the other has taken over; later the one that leads stands still (SIGSTOP), and with --namespaces, which gives each node a
network namespace of its own, it is cut off from all others, and from the store alone. There the time counts from the fault.
With --etcd-lease the leader is elected in an etcd of the run, by which nodes also find it; with --namespaces it is cut off from that as well.

Examples:
  deploy/recovery.sh
  deploy/recovery.sh --rate 50000 --seconds 30 --goal 5
  deploy/recovery.sh --rate 20000 --standby                 needs PostgreSQL's server (deploy/install.sh --tests)
  deploy/recovery.sh --rate 20000 --standby --namespaces    and root, ip and iptables
  deploy/recovery.sh --rate 20000 --standby --etcd-lease    the leader is elected in etcd; needs that too
"""
import argparse
import datetime
import json
import pathlib
import random
import signal
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
START = datetime.datetime(2026, 11, 3, tzinfo=datetime.timezone.utc)


class Watch:
    """How far the watermark is behind what was acknowledged, in seconds of event time."""

    def __init__(self, cluster, producers, rate):
        self.cluster, self.producers, self.rate = cluster, producers, rate

    # What comes later than this counts as no answer: meanwhile nobody knew how far the watermark was.
    ANSWER = 0.5

    def lag(self):
        asked = time.monotonic()
        status = self.cluster.status(timeout=5)
        acknowledged = self.producers.lines / self.rate
        if status is None or status["watermark"] is None or time.monotonic() - asked > self.ANSWER:
            return float("inf")
        watermark = datetime.datetime.fromisoformat(status["watermark"].replace("Z", "+00:00"))
        return acknowledged - (watermark - START).total_seconds()

    # Longer than the bound and the time after which a node is missed: a death shows in the watermark only after a while.
    CALM = 8.0

    def current_after(self, began, bound, limit):
        """Looks until the lag was within the bound for CALM seconds. Returns the seconds from a moment until it was first back within the
        bound for a second, after it had gone beyond it (0 when it never did); the same for the last time; and the largest lag."""
        first, last_above, worst, seen_above = None, began, 0.0, False
        while (now := time.monotonic()) - began < limit:
            lag = self.lag()
            if lag > bound:
                last_above, seen_above = time.monotonic(), True
            elif seen_above and first is None and now - last_above >= 1:
                first = last_above - began
            if lag < float("inf"):
                worst = max(worst, lag)
            if now - last_above >= self.CALM:
                return first or 0.0, last_above - began, worst
            time.sleep(0.05)
        return first if first is not None else float("inf"), float("inf"), worst


class Deaths:
    """Faults under load, and how long the cluster needs after each."""

    def __init__(self, cluster, watch, args):
        self.cluster, self.watch, self.args = cluster, watch, args
        self.took = []  # (what, seconds, goal)

    def measure(self, what, goal, fault):
        """Runs the fault, which returns when the time begins to count, and waits until all is current again."""
        time.sleep(self.args.seconds)
        producers = self.watch.producers
        producers.longest_pause = 0
        print(f"{datetime.datetime.now():%H:%M:%S.%f} {what}", flush=True)
        began = fault()
        seconds, last, worst = self.watch.current_after(began, self.args.current, 120)
        self.took.append((what, seconds, goal))
        print(
            f"{what}: current again after {seconds:.2f} s (last beyond the bound at {last:.2f} s), at most {worst:.2f} s behind; "
            f"longest pause of a producer {producers.longest_pause:.2f} s", flush=True,
        )

    def worker(self):
        def fault():
            began = time.monotonic()
            self.cluster.nodes["worker-3"].kill()
            return began

        self.measure("kill -9 of a worker", self.args.goal, fault)

    def coordinator(self):
        def fault():
            coordinator = self.cluster.nodes["coordinator"]
            coordinator.kill()
            time.sleep(1)
            began = time.monotonic()
            coordinator.start()
            return began

        self.measure("restart of the coordinator, 1 s after kill -9", self.args.goal, fault)

    def leader(self, what, goal, fault, mend):
        """What happens to the coordinator that leads; afterwards all is mended, and the other leads on."""
        leader = self.cluster.leader()

        def begin():
            began = time.monotonic()
            fault(leader)
            return began

        self.measure(f"{what} ({leader.name})", goal, begin)
        successor = self.cluster.leader(other_than=leader)
        mend(leader)
        self.cluster.await_ready()
        if self.cluster.leader(other_than=leader) is not successor:
            raise AssertionError(f"{successor.name} leads no longer, and nothing has happened to it")

    def leaders(self):
        network, services = self.cluster.network, self.cluster.services
        self.leader("kill -9 of the coordinator that leads", self.args.goal, lambda leader: leader.kill(), lambda leader: leader.start())
        goal = self.args.partition_goal
        self.leader("SIGSTOP of the coordinator that leads", goal, lambda leader: leader.pause(), lambda leader: leader.resume())
        if not self.args.namespaces:
            return
        what = "the coordinator that leads is cut off from"
        for what, others in (
            (f"{what} all", [*self.cluster.nodes.values(), *services]), *((f"{what} {service.what}", [service]) for service in services),
        ):
            def each(do, leader):
                for other in others:
                    if other is not leader:
                        do(leader.name, other.name)

            self.leader(what, goal, lambda leader: each(network.partition, leader), lambda leader: each(network.heal, leader))


def main():
    parser = argparse.ArgumentParser(prog="deploy/recovery.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=50_000, help="events a second (default: 50000)")
    parser.add_argument("--seconds", type=float, default=20, help="of load before each death (default: 20)")
    parser.add_argument("--current", type=float, default=1.0, help="how close the watermark must be, in seconds (default: 1)")
    parser.add_argument("--goal", type=float, default=5.0, help="seconds (default: 5)")
    parser.add_argument("--standby", action="store_true", help="two coordinators, with their store in PostgreSQL")
    parser.add_argument("--etcd-lease", action="store_true", help="with --standby: the leader is elected in etcd")
    parser.add_argument("--namespaces", action="store_true", help="each node in a network namespace of its own, so that links can be cut")
    parser.add_argument("--partition-goal", type=float, default=10.0, help="seconds, where the leader is there and cut off or still (default: 10)")
    parser.add_argument("--bin", type=pathlib.Path, help="folder of weir, weirctl and weirload (default: the newest build)")
    parser.add_argument("--keep", action="store_true", help="keep logs and data also when all is well")
    args = parser.parse_args()
    if args.etcd_lease and not args.standby:
        parser.error("--etcd-lease needs --standby")
    if reason := (
        args.standby and postgresql.missing() or args.namespaces and namespaces.missing() or args.etcd_lease and etcd.missing()
    ):
        print(f"SKIPPED: {reason}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    bin = args.bin or find_binaries(ROOT)
    network = namespaces.Namespaces() if args.namespaces else Loopback(random.Random())
    cluster = generator = None
    problems = ["it was interrupted"]
    try:
        # What comes late is not to be refused here: a pause of a second would make the answer depend on the machine.
        streaming = "max_lateness: 10m\ndedup_horizon: 10m\n"
        cluster = Cluster(
            bin, network, "recovery", streaming=streaming, keep=args.keep, has_standby=args.standby, elects_in_etcd=args.etcd_lease
        )
        cluster.add_members(executors=1)
        for node in cluster.nodes.values():
            node.start()
        cluster.await_ready()
        events = int(args.rate * (8 * args.seconds + 300))
        generator = cluster.generate(events, args.rate, "--workflows 20000 --duplicates 0.01 --malformed 0.001")
        path = cluster.folder / "acknowledged.ndjson"
        with open(path, "wb") as file:
            producers = Producers(cluster.of("ingest"), generator.stdout, file, args.rate, 1, threads=6, batch=1000)
            watch = Watch(cluster, producers, args.rate)
            producers.start()
            warm, _, _ = watch.current_after(time.monotonic(), args.current, 60)
            time.sleep(args.seconds)
            before, asked = producers.lines, time.monotonic()
            time.sleep(1)
            rate = (producers.lines - before) / (time.monotonic() - asked)
            print(f"{rate:.0f} lines a second are acknowledged, the watermark is {watch.lag():.2f} s behind; current {warm:.1f} s after the start", flush=True)

            deaths = Deaths(cluster, watch, args)
            deaths.worker()
            deaths.leaders() if args.standby else deaths.coordinator()
            done = producers.stop(60)
        problems = [] if done else [f"producers are not done: {producers.error} {producers.reasons}"]
        if cluster.ctl("flush", "--timeout", "120", timeout=150) is None:
            problems.append(f"flush failed: {cluster.last_error}")
        wrong, windows, summary = verdict.compare(cluster, path)
        problems += wrong
        print(f"{summary['events']} events in {windows} windows compared; {json.dumps(cluster.status()['events'])}")
        for what, seconds, goal in deaths.took:
            if seconds > goal:
                problems.append(f"{what}: {seconds:.2f} s, and {goal} s is the goal")
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
