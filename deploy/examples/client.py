#!/usr/bin/env python3
"""Sends events to Weir, and receives the intents of closed windows, with pynng (pip install pynng).

    client.py send --ingest tcp://127.0.0.1:7701 events.ndjson      prints the reply to each batch
    client.py watch --intents tcp://127.0.0.1:7702 --count 3        prints intents, one a line, as they are carried out

A batch is NDJSON in one REQ message; the reply {"accepted":n,"quarantined":n,"seq":n} means that it is on disk. Without a reply, or
with {"error":"retry"}, send the same batch again: events are counted once.
"""
import argparse
import itertools
import json
import sys
import time

import pynng


def send(args):
    accepted = quarantined = 0
    with pynng.Req0(dial=args.ingest, send_timeout=10_000, recv_timeout=10_000) as socket, open(args.file, "rb") as file:
        while batch := b"".join(itertools.islice(file, args.batch)):
            while True:
                socket.send(batch)
                reply = json.loads(socket.recv())
                if reply.get("error") != "retry":
                    break
                time.sleep(0.2)
            if "error" in reply:
                sys.exit(f"refused: {reply['reason']}")
            accepted += reply["accepted"]
            quarantined += reply["quarantined"]
            print(json.dumps(reply))
    print(json.dumps({"accepted": accepted, "quarantined": quarantined}))


def watch(args):
    with pynng.Sub0(dial=args.intents, recv_timeout=int(args.seconds * 1000)) as socket:
        socket.subscribe(args.topic.encode())
        print("subscribed", file=sys.stderr, flush=True)
        for _ in range(args.count):
            topic, _, intent = socket.recv().partition(b" ")
            record = json.loads(intent)["target_event_payload"]
            print(json.dumps({"topic": topic.decode(), "window_type": record["window_type"], "window_start": record["window_start"],
                              "revision": record["revision"], "total_generations": record["total_generations"]}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    sender = commands.add_parser("send", help="send a file of events")
    sender.add_argument("--ingest", default="tcp://127.0.0.1:7701", help="URL of an ingest")
    sender.add_argument("--batch", type=int, default=100, help="lines in a request")
    sender.add_argument("file")
    sender.set_defaults(run=send)
    watcher = commands.add_parser("watch", help="print intents as they are carried out")
    watcher.add_argument("--intents", default="tcp://127.0.0.1:7702", help="URL at which intents are published")
    watcher.add_argument("--topic", default="dev.coordination.event_publish_intent.v1", help="topic, or the beginning of one")
    watcher.add_argument("--count", type=int, default=1_000_000_000, help="end after so many")
    watcher.add_argument("--seconds", type=float, default=3600, help="give up when nothing comes for so long")
    watcher.set_defaults(run=watch)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
