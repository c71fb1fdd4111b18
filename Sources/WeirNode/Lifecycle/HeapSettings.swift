import CMalloc
import Foundation

/// How glibc's allocator takes memory from the system and gives it back.
///
/// A request and what is made of it are arrays of 50 to 500 KB that live for milliseconds. By default such memory goes back to the system
/// when it is freed and is cleared, page by page, when it is taken again: measured, a third of all page faults of a busy `weir up` and
/// 10 to 20 % of its processor time.
public enum HeapSettings {
    /// Blocks up to here come from the heap instead of a mapping each; the largest that glibc allows.
    static let mappedFrom = 32 << 20
    /// Freed memory at the end of a heap that stays with the process.
    static let keptFree = 64 << 20
    /// Least number of heaps. Threads beyond it share one; by default there are eight a core, each with freed memory of its own.
    static let heapsMin = 2

    /// To be called once, before there are threads.
    public static func apply() {
        let heaps = max(heapsMin, ProcessInfo.processInfo.activeProcessorCount)
        // A setting that is refused changes nothing but speed.
        _ = mallopt(M_MMAP_THRESHOLD, Int32(mappedFrom))
        _ = mallopt(M_TRIM_THRESHOLD, Int32(keptFree))
        _ = mallopt(M_ARENA_MAX, Int32(clamping: heaps))
    }
}
