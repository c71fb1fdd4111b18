import WeirCluster

/// A coordinator's line to its store.
///
/// A store that one coordinator has for itself is a file: it answers, unless the process ends. One that several share is a server behind
/// a network (``ServerLine``).
final class StoreLine {
    private unowned let process: Process
    private unowned let world: World
    private let store: MemoryStore
    private let isShared: Bool
    private let line: ServerLine
    /// Ends the wait for the last transaction.
    private var endWait: () -> Void = {}
    /// What befalls the next transaction.
    var mishap: Mishap?
    /// What befalls the next question that takes the lease.
    var leaseMishap: Mishap?

    /// The line holds something up. Times are in microseconds.
    struct Mishap {
        /// 0 when the process stands still before it sends it.
        var delay: Int64
        /// For how long the process stands still, most often once it has sent it; nil when it goes on.
        var stop: Int64?
    }

    init(_ process: Process) {
        self.process = process
        world = process.world
        store = world.store
        isShared = world.scenario.coordinators > 1
        line = ServerLine(process, to: World.storeName, delay: world.scenario.storeDelay)
    }

    /// Stores a transaction, and calls back once. A transaction that failed may be stored all the same, now or later.
    ///
    /// - Parameter term: of the coordinator that writes; nil where there is no other.
    func write(
        _ transaction: StoreTransaction,
        in term: Term?,
        then: @escaping (Result<Void, MemoryStoreFailure>) -> Void
    ) {
        // What waits in the world does not keep it.
        let apply = { [unowned world, store] in
            let result = Result { () throws(MemoryStoreFailure) in try store.apply(transaction, in: term) }
            // What failed may be in the store all the same.
            world.ledger.storeChanged(transaction)
            if case .failure(let failure) = result { world.invariants.storeFailed(failure) }
            return result
        }
        guard isShared else {
            let result = apply()
            process.after(world.random.span(world.scenario.storeDelay)) { then(result) }
            return
        }
        let mishap = mishap
        self.mishap = nil
        let call = line.exchange(apply, heldUp: mishap?.delay ?? 0, patience: world.scenario.storeTimeout) {
            [unowned world] result in
            if result == nil { world.invariants.storeFailed(.unanswered) }
            then(result ?? .failure(.unanswered))
        }
        endWait = { call.end(nil) }
        stop(mishap, "a transaction")
    }

    /// The lease is over by its holder's clock: the answer to a transaction that is under way is waited for no longer, as in `SQLStore.end`.
    func giveUp() {
        let endWait = endWait
        // It looks every 100 ms.
        process.after(world.random.span(1000...100_000), endWait)
    }

    /// Reads something, or fails when the line is cut.
    func read<Value>(_ question: (MemoryStore) throws(MemoryStoreFailure) -> Value) throws(MemoryStoreFailure) -> Value
    {
        do throws(MemoryStoreFailure) {
            if isShared, line.isCut { throw .unanswered }
            return try question(store)
        } catch {
            world.invariants.storeFailed(error)
            throw error
        }
    }

    /// Asks something of the row of the leadership, and calls back once: with the answer, or with nil when none came.
    ///
    /// - Parameters:
    ///   - patience: microseconds.
    ///   - mayBeLate: whether it takes the lease.
    ///   - question: with the time by the store's clock.
    func ask<Answer>(
        patience: Int64,
        mayBeLate: Bool = false,
        _ question: @escaping (MemoryStore, _ now: Int64) -> Answer,
        then: @escaping (Answer?) -> Void
    ) {
        let mishap = mayBeLate ? leaseMishap : nil
        if mayBeLate { leaseMishap = nil }
        let answer = { [unowned world, store] in
            world.now < world.storeFailsUntil ? nil : question(store, world.now)
        }
        guard let mishap else {
            line.exchange(answer, patience: patience, then: then)
            return
        }
        let send = { [line] in _ = line.exchange(answer, heldUp: mishap.delay, patience: patience, then: then) }
        if mishap.delay > 0 { send() }
        stop(mishap, "a claim")
        if mishap.delay == 0 { process.after(0, send) }
    }

    private func stop(_ mishap: Mishap?, _ sent: String) {
        guard let stop = mishap?.stop else { return }
        world.statistics.stops += 1
        world.note("\(process.name) stands still with \(sent) on its way, or about to be")
        process.stop(until: world.now + stop)
    }
}
