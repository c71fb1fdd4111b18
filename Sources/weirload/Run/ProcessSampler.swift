import Foundation
import WeirLoad
import WeirNode

/// Reads what processes use, from /proc.
struct ProcessSampler: Sendable {
    let pids: [Int]

    /// What a process has used up to now.
    struct Reading: Sendable {
        var cpuSeconds = 0.0
        var memoryBytes = 0
        var threadCpuSeconds: [String: Double] = [:]
    }

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))

    /// A process that has ended reads as nothing.
    static func read(_ pid: Int, withThreads: Bool = false) -> Reading {
        var reading = Reading()
        reading.cpuSeconds = cpuSeconds("/proc/\(pid)/stat")?.seconds ?? 0
        if let statm = ProcFile.text("/proc/\(pid)/statm") {
            let fields = statm.split(separator: " ")
            reading.memoryBytes = (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * pageBytes
        }
        guard withThreads else { return reading }
        for thread in ProcFile.names(in: "/proc/\(pid)/task") {
            if let (name, seconds) = cpuSeconds("/proc/\(pid)/task/\(thread)/stat") {
                reading.threadCpuSeconds[name, default: 0] += seconds
            }
        }
        return reading
    }

    static func name(_ pid: Int) -> String { cpuSeconds("/proc/\(pid)/stat")?.name ?? "\(pid)" }

    /// User and system time (proc(5)): the fields after the name, which stands in parentheses and may hold anything.
    private static func cpuSeconds(_ path: String) -> (name: String, seconds: Double)? {
        guard let stat = ProcFile.text(path),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (String(stat[stat.index(after: open)..<close]), (user + system) / ticksPerSecond)
    }
}
