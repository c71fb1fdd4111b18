import WeirCore
import WeirWire

/// Links between processes: messages are delayed, and so reordered; lost, repeated, damaged; and links are cut in one direction or
/// both. Requests have the semantics of nng's REQ: the first reply to a request that still waits is taken, all others are dropped.
final class Network {
    private unowned let world: World
    private var listeners: [String: Process] = [:]
    /// Virtual time until which a direction is cut, by the names at its ends.
    private var cuts: [Direction: Int64] = [:]
    var faults: NetworkFaults

    private struct Direction: Hashable {
        var from: NodeName
        var to: NodeName
    }

    init(_ world: World, _ faults: NetworkFaults) {
        self.world = world
        self.faults = faults
    }

    func listen(_ process: Process) { listeners[process.address] = process }

    /// Cuts one direction of a link.
    func cut(from: NodeName, to: NodeName, until time: Int64) {
        let direction = Direction(from: from, to: to)
        cuts[direction] = max(cuts[direction] ?? 0, time)
    }

    func heal() { cuts = [:] }

    /// Virtual time at which a direction that is cut will be whole again; nil when it is whole.
    func cutEnd(from: NodeName, to: NodeName) -> Int64? {
        cuts[Direction(from: from, to: to)].flatMap { world.now < $0 ? $0 : nil }
    }

    func isCut(from: NodeName, to: NodeName) -> Bool { cutEnd(from: from, to: to) != nil }

    /// Sends a request, and calls back once: with a reply, or with nil after the timeout.
    ///
    /// - Parameter timeout: microseconds.
    func request(
        from client: Process,
        to address: String,
        _ bytes: [UInt8],
        timeout: Int64,
        then: @escaping ([UInt8]?) -> Void
    ) {
        let call = Call(then)
        client.after(timeout) { call.end(nil) }
        send(call, from: client, to: address, bytes)
        if world.random.chance(faults.resend) {
            // The connection broke under the request, and nng sends it again on the next one.
            client.after(world.random.span(min(1000, timeout)...timeout)) { [weak self] in
                if !call.hasEnded { self?.send(call, from: client, to: address, bytes) }
            }
        }
    }

    private func send(_ call: Call<[UInt8]>, from client: Process, to address: String, _ bytes: [UInt8]) {
        guard let server = listeners[address] else { return }
        transmit(from: client.name, to: server.name, CheckedMessage.wrap(bytes)) { [weak self] bytes in
            // Whoever listens there by now.
            guard let self, let server = self.listeners[address] else { return }
            server.run {
                let reply = { [weak self, weak server] (reply: [UInt8]) in
                    guard let self, let server, server.isAlive else { return }
                    self.transmit(from: server.name, to: client.name, reply) { bytes in
                        client.run { call.end(try? CheckedMessage.unwrap(bytes)) }
                    }
                }
                do throws(DecodingFailure) {
                    server.handle(try CheckedMessage.unwrap(bytes)) { reply(CheckedMessage.wrap($0)) }
                } catch {
                    reply(WireRefusal(error).encoded)
                }
            }
        }
    }

    /// Takes something to a process, and its answer back, as bytes that no one encodes: producers' requests are JSON, whose parser is no
    /// part of the world.
    func pass(
        from client: Process,
        to address: String,
        _ deliver: @escaping (_ server: Process, _ reply: @escaping (@escaping () -> Void) -> Void) -> Void
    ) {
        guard let server = listeners[address] else { return }
        transmit(from: client.name, to: server.name, []) { [weak self] _ in
            guard let self, let server = self.listeners[address] else { return }
            server.run {
                deliver(server) { [weak self, weak server] answer in
                    guard let self, let server, server.isAlive else { return }
                    self.transmit(from: server.name, to: client.name, []) { _ in client.run(answer) }
                }
            }
        }
    }

    /// Lets the transport of a process know something of a connection of another one, which may be gone by now.
    func tell(from client: Process, _ address: String, _ notice: @escaping (_ server: Process) -> Void) {
        guard let server = listeners[address] else { return }
        transmit(from: client.name, to: server.name, []) { [weak self] _ in
            guard let self, let server = self.listeners[address] else { return }
            server.run { notice(server) }
        }
    }

    private func transmit(
        from: NodeName,
        to: NodeName,
        _ bytes: [UInt8],
        _ deliver: @escaping ([UInt8]) -> Void
    ) {
        world.statistics.messages += 1
        if isCut(from: from, to: to) {
            world.statistics.cutOff += 1
            return
        }
        if world.random.chance(faults.drop) {
            world.statistics.drops += 1
            return
        }
        var copies = 1
        if world.random.chance(faults.duplicate) {
            world.statistics.duplicates += 1
            copies = 2
        }
        for _ in 0..<copies {
            var arriving = bytes
            if !bytes.isEmpty, world.random.chance(faults.corrupt) {
                world.statistics.corruptions += 1
                for _ in 0..<world.random.within(1...3) {
                    arriving[world.random.within(0...(bytes.count - 1))] ^= 1 << UInt8(world.random.within(0...7))
                }
            }
            var delay = world.random.span(faults.delay)
            if world.random.chance(faults.stall) {
                world.statistics.stalls += 1
                delay += world.random.span(10_000...faults.stallMax)
            }
            world.schedule(at: world.now + delay) { deliver(arriving) }
        }
    }
}

/// How bad a network is. Probabilities are per message.
struct NetworkFaults {
    var drop = 0.0
    var duplicate = 0.0
    var corrupt = 0.0
    /// Per request.
    var resend = 0.0
    /// Microseconds.
    var delay: ClosedRange<Int64> = 50...500
    var stall = 0.0
    /// Microseconds.
    var stallMax: Int64 = 1_000_000
}
