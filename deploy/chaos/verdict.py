"""Compares the records of a cluster with those of `weir aggregate` over the same lines, bit for bit."""
import json
import subprocess

# Of the run, and not of the events; and what depends on how often a window was emitted.
VARYING = {
    "revision", "event_id", "correlation_id", "aggregation_id", "timestamp", "created_at", "aggregation_duration_ms", "items_per_second",
}


def records(lines):
    """By window, with numbers as they are written: equal texts are equal bits."""
    found = {}
    for line in lines:
        if line.strip():
            record = json.loads(line, parse_float=str)
            key = record["window_type"], record["window_start"]
            found[key] = {name: value for name, value in record.items() if name not in VARYING}
    return found


def expected(bin, path):
    """The right records, and the summary of the input."""
    done = subprocess.run([str(bin / "weir"), "aggregate", "--windows", "all", str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"weir aggregate failed: {done.stderr}")
    return records(done.stdout.splitlines()), json.loads(done.stderr.splitlines()[-1])


def differences(want, got):
    out = [f"missing window {key}" for key in want if key not in got]
    out += [f"unexpected window {key}" for key in got if key not in want]
    for key in want.keys() & got.keys():
        for name in sorted(want[key].keys() | got[key].keys()):
            if want[key].get(name) != got[key].get(name):
                out.append(f"{' '.join(key)} {name}: {want[key].get(name)!r} != {got[key].get(name)!r}"[:400])
    return out


def compare(cluster, path):
    """What is wrong with the windows of a cluster that took the lines of a file; the number of windows, and the summary of the lines."""
    want, summary = expected(cluster.bin, path)
    got = records((cluster.ctl("windows", "--json", timeout=120) or "").splitlines())
    return differences(want, got), len(want), summary


def say(problems):
    """The outcome of a run, with the first problems."""
    for problem in problems[:30]:
        print(f"WRONG: {problem}")
    print("passed" if not problems else f"FAILED: {len(problems)} problems")


def carried_out(files):
    """Ids of intents in executors' files; an id with two payloads is an error."""
    seen, errors = {}, []
    for path in files:
        if not path.exists():
            continue
        for line in path.read_text().splitlines():
            id = json.loads(line)["event_id"]
            if seen.setdefault(id, line) != line:
                errors.append(f"intent {id} was carried out with two payloads")
    return set(seen), errors
