import WeirCluster
import WeirWire

/// What a coordinator asks of its lease, one thing after the other, as `LeadershipNode` does: the lease in the store's row
/// (`PostgreSQLLease`), or in etcd and the row (`EtcdLease`).
final class LeaseShell {
    enum Question {
        case acquire
        case renew(Term)
        case release(Term)
    }

    private unowned let process: Process
    private unowned let world: World
    private let store: StoreLine
    private let etcd: ServerLine
    /// Of this life.
    private let instance: Int
    /// Nil where the lease is in the row alone.
    private var election: ElectionMachine?
    private var waiting: [Question] = []
    private var isAsking = false
    /// Gets the answers to all but ``Question/release(_:)``.
    var answered: (LeaseAnswer) -> Void = { _ in }
    /// Called when nothing is asked any more.
    private var becameIdle: (() -> Void)?

    /// The key of the election.
    private static let key = "leader"

    init(_ process: Process, store: StoreLine, instance: Int) {
        self.process = process
        world = process.world
        self.store = store
        self.instance = instance
        etcd = ServerLine(process, to: World.etcdName, delay: world.scenario.etcdDelay, mayRepeat: true)
        if world.scenario.isElectedInEtcd { election = ElectionMachine(key: Self.key, instance: "\(instance)") }
    }

    /// How long its holder may count on it.
    var holdingTime: Duration {
        let duration = Duration.microseconds(world.scenario.leaderLease)
        return election == nil ? duration : ElectionMachine.holdingTime(of: duration)
    }

    /// How long it waits for one answer.
    private var patience: Int64 { LeaseMachine(duration: holdingTime).renewDelay.inMicroseconds }
    private var holder: LeaseHolder { LeaseHolder(name: process.name, url: process.address) }

    func put(_ question: Question) {
        waiting.append(question)
        askNext()
    }

    /// Calls back when everything that was put has its answer.
    func whenIdle(_ then: @escaping () -> Void) {
        becameIdle = then
        askNext()
    }

    private func askNext() {
        guard !isAsking else { return }
        guard !waiting.isEmpty else {
            let then = becameIdle
            becameIdle = nil
            then?()
            return
        }
        isAsking = true
        let question = waiting.removeFirst()
        let finish = { [weak self] (answer: LeaseAnswer) in
            guard let self else { return }
            self.isAsking = false
            if case .release = question {} else { self.answered(answer) }
            self.askNext()
        }
        if election != nil {
            let first: ElectionStep =
                switch question {
                case .acquire: election!.acquire(for: holder)
                case .renew(let term): election!.renew(term)
                case .release(let term): election!.release(term)
                }
            take(first, finish)
        } else {
            askRow(question, finish)
        }
    }

    // MARK: - In the row alone

    private func askRow(_ question: Question, _ finish: @escaping (LeaseAnswer) -> Void) {
        let (instance, holder, duration) = (instance, holder, world.scenario.leaderLease)
        switch question {
        case .acquire:
            askStore(mayBeLate: true, { $0.acquire(instance, for: holder, until: $1 + duration, at: $1) }, finish)
        case .renew(let term): askStore({ $0.renew(instance, term, until: $1 + duration, at: $1) }, finish)
        case .release(let term):
            askStore(
                { store, _ in
                    store.release(instance, term)
                    return .held(nil)
                },
                finish
            )
        }
    }

    private func askStore(
        mayBeLate: Bool = false,
        _ question: @escaping (MemoryStore, _ now: Int64) -> LeaseAnswer,
        _ finish: @escaping (LeaseAnswer) -> Void
    ) {
        store.ask(patience: patience, mayBeLate: mayBeLate, question) { finish($0 ?? Self.noAnswer) }
    }

    private static let noAnswer = LeaseAnswer.failed(reason: "no answer of the store")

    // MARK: - In etcd and the row

    private func take(_ step: ElectionStep, _ finish: @escaping (LeaseAnswer) -> Void) {
        switch step {
        case .finished(let answer): finish(answer)
        case .ask(let question):
            world.note("\(process.name) asks \(question)")
            answer(world.sabotage.asked(question)) { [weak self] answer in
                guard let self else { return }
                let answer = self.world.sabotage.answered(answer, to: question)
                self.world.note("\(self.process.name) hears \(answer)")
                self.take(self.election!.take(answer), finish)
            }
        }
    }

    private func answer(_ question: ElectionQuestion, _ then: @escaping (ElectionAnswer) -> Void) {
        let (instance, duration) = (instance, world.scenario.leaderLease)
        switch question {
        case .look, .grantLease, .renewLease, .revokeLease, .stand:
            etcd.exchange(
                { [unowned world] in world.askEtcd(question, key: Self.key) },
                patience: patience,
                then: { then($0 ?? .failed(reason: "no answer of etcd")) }
            )
        case .check(let election):
            store.ask(patience: patience, { $0.obstacle(instance, in: election, at: $1) ?? .held(nil) }) {
                // As `PostgreSQLLease` has it: nothing to be said against it is that nobody holds it.
                then(.checked(obstacle: $0 == .held(nil) ? nil : $0 ?? Self.noAnswer))
            }
        case .claim(let mandate, let holder, let overruled):
            if overruled != nil { world.statistics.overrulingClaims += 1 }
            store.ask(
                patience: patience,
                mayBeLate: true,
                {
                    $0.claim(
                        instance,
                        mandate,
                        for: holder,
                        overruling: overruled,
                        until: $1 + duration,
                        at: $1
                    )
                },
                then: { [weak self] in
                    if case .outdated = $0 { self?.world.statistics.outdatedClaims += 1 }
                    then(.claimed($0 ?? .answered(Self.noAnswer)))
                }
            )
        case .renewRow(let term):
            store.ask(patience: patience, { $0.renew(instance, term, until: $1 + duration, at: $1) }) {
                then(.row($0 ?? Self.noAnswer))
            }
        case .releaseRow(let term):
            store.ask(patience: patience, { store, _ in store.release(instance, term) }) { _ in then(.done) }
        }
    }
}
