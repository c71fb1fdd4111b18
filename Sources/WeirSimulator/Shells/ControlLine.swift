import WeirCluster
import WeirWire

/// A process's line to the coordinator that leads, as `ControlClient` is over real sockets.
final class ControlLine {
    private unowned let process: Process
    private var search: LeaderSearch

    init(_ process: Process) {
        self.process = process
        search = LeaderSearch(process.world.coordinatorAddresses)
    }

    /// Asks, and calls back once: with the reply, or with nil when there is none of a leader in time.
    ///
    /// - Parameter timeout: microseconds.
    func ask(_ request: ControlRequest, timeout: Int64, _ then: @escaping (ControlReply?) -> Void) {
        ask(request.encoded, until: process.world.now + timeout, then)
    }

    private func ask(_ bytes: [UInt8], until end: Int64, _ then: @escaping (ControlReply?) -> Void) {
        let (world, index) = (process.world, search.current)
        // It may have stood still in between.
        guard world.now < end else { return then(nil) }
        world.network.request(from: process, to: search.urls[index], bytes, timeout: end - world.now) {
            [weak self, unowned world] answer in
            guard let self else { return }
            guard let answer else {
                self.search.noAnswer(of: index, at: .microseconds(world.now))
                return then(nil)
            }
            guard let reply = try? ControlReply(decoding: answer) else { return then(nil) }
            guard case .notLeader(let leader) = reply else {
                self.search.found(index)
                return then(reply)
            }
            let pause = self.search.isStandby(index, leader: leader, at: .microseconds(world.now)).inMicroseconds
            guard world.now + pause < end else { return then(nil) }
            self.process.after(pause) { [weak self] in self?.ask(bytes, until: end, then) }
        }
    }
}
