import Foundation

/// The process as the system sees it.
enum ProcessSamples {
    /// - Parameter directory: of data; nil where there is none.
    static func samples(directory: String?) -> [MetricSample] {
        var samples = [MetricSample(.build, [WeirVersion.current], 1)]
        if let pages = field(1, of: "/proc/self/statm").flatMap({ Double($0) }) {
            samples.append(MetricSample(.processMemory, [], pages * Double(sysconf(Int32(_SC_PAGESIZE)))))
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let micros = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            samples.append(
                MetricSample(.processCPU, [], Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + micros / 1e6)
            )
        }
        let files = ProcFile.names(in: "/proc/self/fd")
        if !files.isEmpty { samples.append(MetricSample(.processFiles, [], files.count)) }
        var disk = statvfs()
        if let directory, statvfs(directory, &disk) == 0 {
            samples.append(MetricSample(.diskFree, [], Double(disk.f_bavail) * Double(disk.f_frsize)))
        }
        return samples
    }

    private static func field(_ index: Int, of file: String) -> Substring? {
        guard let text = ProcFile.text(file) else { return nil }
        let fields = text.split(separator: " ")
        return index < fields.count ? fields[index] : nil
    }
}
