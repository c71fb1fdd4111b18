import WeirCore
import WeirWire

/// One life of a simulated process, with a clock of its own. A crash ends it: what it had scheduled never happens.
class Process {
    unowned let world: World
    let name: NodeName
    /// Where others reach it.
    let address: String
    private(set) var isAlive = true
    /// Virtual time until which the process stands still, as after SIGSTOP.
    private(set) var stoppedUntil: Int64 = 0
    private var putOff: [() -> Void] = []
    private let wallClock: ProcessClock
    private(set) lazy var control = ControlLine(self)

    init(_ world: World, name: NodeName, address: String, clock: ProcessClock) {
        self.world = world
        self.name = name
        self.address = address
        wallClock = clock
        world.network.listen(self)
    }

    /// What the process's wall clock shows.
    var clock: WallTime { wallClock.reading(at: world.now) }

    /// Takes a request of the network.
    func handle(_ bytes: [UInt8], _ reply: @escaping ([UInt8]) -> Void) {}

    /// Ends this life.
    func crash() {
        isAlive = false
        putOff = []
    }

    func stop(until time: Int64) {
        stoppedUntil = max(stoppedUntil, time)
        world.schedule(at: stoppedUntil) { [weak self] in self?.goOn() }
    }

    func resume() {
        stoppedUntil = 0
        goOn()
    }

    /// Catches up with what came while the process stood still.
    private func goOn() {
        guard world.now >= stoppedUntil else { return }
        let waiting = putOff
        putOff = []
        for action in waiting { run(action) }
    }

    /// Runs something in the process: not if it has ended, later if it stands still.
    func run(_ action: @escaping () -> Void) {
        guard isAlive else { return }
        if world.now < stoppedUntil {
            putOff.append(action)
        } else {
            action()
        }
    }

    /// Runs something in the process after a time span in microseconds.
    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        world.schedule(at: world.now + max(0, delay)) { [weak self] in self?.run(action) }
    }

    /// Runs something again and again.
    func every(_ interval: Int64, _ action: @escaping () -> Void) {
        after(interval) { [weak self] in
            action()
            self?.every(interval, action)
        }
    }
}
