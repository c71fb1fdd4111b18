import Foundation
import Synchronization
import WeirLoad

/// What the cluster's processes and the harness use, over the measured time and at moments of it.
final class RunSampler: Sendable {
    struct Instant: Sendable {
        var nodeCpuSeconds = 0.0
        var nodeMemoryBytes = 0
        var harnessCpuSeconds = 0.0
    }

    struct Usage: Sendable {
        var processes: [ProcessUsage]
        var harnessCores: Double
    }

    private struct Start: Sendable {
        var at = ContinuousClock.now
        var harness = 0.0
        var readings: [ProcessSampler.Reading] = []
    }

    let pids: [Int]
    private let start: Mutex<Start>
    private let memoryMax: Mutex<[Int]>

    init(pids: [Int]) {
        self.pids = pids
        memoryMax = Mutex([Int](repeating: 0, count: pids.count))
        start = Mutex(Start())
        beginMeasurement()
    }

    func beginMeasurement() {
        let readings = pids.map { ProcessSampler.read($0, withThreads: true) }
        start.withLock { $0 = Start(at: .now, harness: Self.ownCpuSeconds, readings: readings) }
    }

    func instant() -> Instant {
        var instant = Instant(harnessCpuSeconds: Self.ownCpuSeconds)
        for (index, pid) in pids.enumerated() {
            let reading = ProcessSampler.read(pid)
            instant.nodeCpuSeconds += reading.cpuSeconds
            instant.nodeMemoryBytes += reading.memoryBytes
            memoryMax.withLock { $0[index] = max($0[index], reading.memoryBytes) }
        }
        return instant
    }

    func endMeasurement() -> Usage {
        let begun = start.withLock { $0 }
        let seconds = max(1e-9, (ContinuousClock.now - begun.at) / .seconds(1))
        let processes = pids.enumerated().map { index, pid in
            let first = begun.readings[index]
            let last = ProcessSampler.read(pid, withThreads: true)
            var threads: [String: Double] = [:]
            for (name, used) in last.threadCpuSeconds {
                threads[name] = max(0, used - (first.threadCpuSeconds[name] ?? 0))
            }
            return ProcessUsage(
                pid: pid,
                name: ProcessSampler.name(pid),
                cores: max(0, last.cpuSeconds - first.cpuSeconds) / seconds,
                cpuSeconds: max(0, last.cpuSeconds - first.cpuSeconds),
                memoryStartBytes: first.memoryBytes,
                memoryMaxBytes: max(last.memoryBytes, memoryMax.withLock { $0[index] }),
                memoryEndBytes: last.memoryBytes,
                threadCpuSeconds: threads
            )
        }
        return Usage(processes: processes, harnessCores: (Self.ownCpuSeconds - begun.harness) / seconds)
    }

    private static var ownCpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
