import WeirCluster

/// A coordinator's line to its store.
///
/// A store that one coordinator has for itself is a file: it answers, unless the process ends. One that several share is a server behind
/// a network: what was sent arrives, late perhaps, whatever has become of the process meanwhile, and the answer may reach nobody.
final class StoreLine {
    private unowned let process: Process
    private unowned let world: World
    private let store: MemoryStore
    private let isShared: Bool
    /// What befalls the next transaction.
    var mishap: Mishap?

    /// The line holds a transaction up. Times are in microseconds.
    struct Mishap {
        var delay: Int64
        /// For how long the process stands still once it has sent the transaction; nil when it goes on.
        var stop: Int64?
    }

    init(_ process: Process) {
        self.process = process
        world = process.world
        store = world.store
        isShared = world.scenario.coordinators > 1
    }

    private var isCut: Bool {
        world.network.isCut(from: process.name, to: World.storeName)
            || world.network.isCut(from: World.storeName, to: process.name)
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
        exchange(apply, heldUp: mishap?.delay ?? 0, patience: world.scenario.storeTimeout) {
            [unowned world] result in
            if result == nil { world.invariants.storeFailed(.unanswered) }
            then(result ?? .failure(.unanswered))
        }
        if let stop = mishap?.stop {
            world.statistics.stops += 1
            world.note("\(process.name) stands still with a transaction on its way")
            process.stop(until: world.now + stop)
        }
    }

    /// Reads something, or fails when the line is cut.
    func read<Value>(_ question: (MemoryStore) throws(MemoryStoreFailure) -> Value) throws(MemoryStoreFailure) -> Value
    {
        do throws(MemoryStoreFailure) {
            if isCut { throw .unanswered }
            return try question(store)
        } catch {
            world.invariants.storeFailed(error)
            throw error
        }
    }

    /// Asks for the lease, and calls back once.
    ///
    /// - Parameters:
    ///   - patience: microseconds.
    ///   - question: with the time by the store's clock.
    func ask(
        patience: Int64,
        _ question: @escaping (MemoryStore, _ now: Int64) -> LeaseAnswer,
        then: @escaping (LeaseAnswer) -> Void
    ) {
        let answer = { [unowned world, store] () -> LeaseAnswer in
            world.now < world.storeFailsUntil ? .failed(reason: "injected") : question(store, world.now)
        }
        exchange(answer, heldUp: 0, patience: patience) { then($0 ?? .failed(reason: "no answer in time")) }
    }

    /// Has the server do something, and calls back once: with the answer, or with nil when none came.
    private func exchange<Answer>(
        _ work: @escaping () -> Answer,
        heldUp delay: Int64,
        patience: Int64,
        then: @escaping (Answer?) -> Void
    ) {
        let call = Call(then)
        process.after(patience) { call.end(nil) }
        guard let arrival = arrival(heldUp: delay) else { return }
        if arrival.isLate, world.random.chance(0.3) {
            // The connection breaks, and what the kernel had of it is on its way.
            process.after(world.random.span(20...2000)) { call.end(nil) }
        }
        world.schedule(at: arrival.time) { [unowned world, process] in
            let answer = work()
            guard !world.network.isCut(from: World.storeName, to: process.name) else { return }
            process.after(world.random.span(20...2000)) { call.end(answer) }
        }
    }

    /// When something that is sent now arrives; nil when it never does.
    private func arrival(heldUp delay: Int64) -> (time: Int64, isLate: Bool)? {
        var late = delay + world.drawHoldUp()
        var time = world.now + world.random.span(world.scenario.storeDelay) + late
        if let end = world.network.cutEnd(from: process.name, to: World.storeName) {
            // TCP sends again until the link is whole, or gives up.
            guard world.random.chance(0.5) else { return nil }
            time = max(time, end + world.random.span(world.scenario.storeDelay))
            late = time - world.now
        }
        if late > 0 { world.statistics.heldUp += 1 }
        return (time, late > 0)
    }
}
