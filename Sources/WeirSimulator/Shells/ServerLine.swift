import WeirWire

/// A coordinator's line to a server that several share: a database, an etcd. What was sent arrives, late perhaps, whatever has become of the
/// process meanwhile, and the answer may reach nobody. Times are in microseconds.
struct ServerLine {
    private unowned let process: Process
    private unowned let world: World
    private let server: NodeName
    private let delay: ClosedRange<Int64>
    private let mayRepeat: Bool

    /// - Parameters:
    ///   - delay: of what is sent.
    ///   - mayRepeat: whether what has no answer is sent again by itself, as to another member.
    init(_ process: Process, to server: NodeName, delay: ClosedRange<Int64>, mayRepeat: Bool = false) {
        self.process = process
        world = process.world
        self.server = server
        self.delay = delay
        self.mayRepeat = mayRepeat
    }

    var isCut: Bool {
        world.network.isCut(from: process.name, to: server) || world.network.isCut(from: server, to: process.name)
    }

    /// Has the server do something, and calls back once: with the answer, or with nil when none came. Returns what waits for it.
    ///
    /// - Parameters:
    ///   - work: nil when the server is in no state to do it.
    ///   - delay: by which it is held up in any case.
    @discardableResult func exchange<Answer>(
        _ work: @escaping () -> Answer?,
        heldUp delay: Int64 = 0,
        patience: Int64,
        then: @escaping (Answer?) -> Void
    ) -> Call<Answer> {
        let call = Call(then)
        process.after(patience) { call.end(nil) }
        send(work, heldUp: delay, call)
        if mayRepeat, world.random.chance(0.05) {
            process.after(world.random.span(100...patience)) { [self] in
                if !call.hasEnded { send(work, heldUp: 0, call) }
            }
        }
        return call
    }

    private func send<Answer>(_ work: @escaping () -> Answer?, heldUp delay: Int64, _ call: Call<Answer>) {
        guard let arrival = arrival(heldUp: delay) else { return }
        if arrival.isLate, world.random.chance(0.3) {
            // The connection breaks, and what the kernel had of it is on its way.
            process.after(world.random.span(20...2000)) { call.end(nil) }
        }
        world.schedule(at: arrival.time) { [unowned world, process, server] in
            let answer = work()
            guard !world.network.isCut(from: server, to: process.name) else { return }
            process.after(world.random.span(20...2000) + world.drawHoldUp(server)) { call.end(answer) }
        }
    }

    /// When something that is sent now arrives; nil when it never does.
    private func arrival(heldUp delay: Int64) -> (time: Int64, isLate: Bool)? {
        var late = delay + world.drawHoldUp(server)
        var time = world.now + world.random.span(self.delay) + late
        if let end = world.network.cutEnd(from: process.name, to: server) {
            // TCP sends again until the link is whole, or gives up.
            guard world.random.chance(0.5) else { return nil }
            time = max(time, end + world.random.span(self.delay))
            late = time - world.now
        }
        if late > 0 { world.statistics.heldUp += 1 }
        return (time, late > 0)
    }
}
