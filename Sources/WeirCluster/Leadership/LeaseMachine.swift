import WeirWire

/// What a coordinator's leadership is told.
public enum LeaseInput: Sendable, Equatable {
    case tick
    /// To ``LeaseEffect/acquire`` or ``LeaseEffect/renew(_:)``, of which one is under way at a time.
    case answered(LeaseAnswer)
    /// The store has refused a transaction of this term.
    case deposed(Term)
    /// A transaction of this term failed, and may be stored or come to be stored: only a new term ends that.
    case storeFailed(Term)
    /// The process stops.
    case resign
}

/// What a coordinator's leadership asks of its shell, to be carried out in order.
public enum LeaseEffect: Sendable, Equatable {
    /// Take the lease, in a new term, if nobody has it or this process has it itself.
    case acquire
    /// Prolong it.
    case renew(Term)
    /// Give it back, so that another need not wait for its end.
    case release(Term)
    /// Read the store, and lead.
    case lead(Term)
    /// Answer nobody any more.
    case stepDown(LeaseEnd)
    /// Another leads, or nobody; told when that changes.
    case follow(LeaseHolder?)
    /// The lease could not be asked for; told when that begins.
    case unreachable(reason: String)
}

/// Why a coordinator leads no longer.
public enum LeaseEnd: Sendable, Hashable {
    /// It could not prolong its lease in time.
    case expired
    /// Another has led since.
    case deposed
    /// What is stored is to be read again, in a term of its own.
    case storeFailed
    case resigned
}

/// Leadership among coordinators of one store, by a lease that ends unless it is prolonged.
///
/// Whether a transaction is stored is decided by the store, which compares terms within it: this machine decides only who tries. So a clock
/// that runs wrong, or a process that stands still, costs time and nothing else. The lease ends by the clock of the store, and for its
/// holder at least as early: it counts from when it asked. (C. Gray, D. Cheriton, "Leases", SOSP 1989; the term is the fencing token of
/// M. Kleppmann, "How to do distributed locking", 2016.)
public struct LeaseMachine: Sendable {
    /// All are spans of a steady clock since any fixed moment.
    private enum State {
        /// → leading, resigned
        case standby(asksAt: Duration)
        /// → standby, resigned
        case leading(Term, until: Duration, renewsAt: Duration)
        /// The end.
        case resigned
    }

    /// A question that is under way.
    private enum Question {
        case acquire(since: Duration)
        case renew(Term, since: Duration)
    }

    private let duration: Duration
    private var state = State.standby(asksAt: .zero)
    private var question: Question?
    private var leader: LeaseHolder?
    private var isUnreachable = false

    /// - Parameter duration: of the lease.
    public init(duration: Duration) {
        self.duration = duration
    }

    /// How long a standby waits until it asks again, and a leader after a prolongation that failed.
    var retryDelay: Duration { duration / 12 }
    /// A lease is prolonged after a third of its time: two prolongations may fail, if none takes longer than that.
    public var renewDelay: Duration { duration / 3 }

    /// The term in which this coordinator leads; nil when it does not.
    public var term: Term? {
        if case .leading(let term, _, _) = state { return term }
        return nil
    }

    /// Whether this coordinator leads and may count on its lease.
    public func holds(at now: Duration) -> Bool {
        if case .leading(_, let until, _) = state { return now < until }
        return false
    }

    /// - Parameter now: of a steady clock, which no one sets.
    public mutating func receive(_ input: LeaseInput, at now: Duration) -> [LeaseEffect] {
        switch input {
        case .tick: tick(at: now)
        case .answered(let answer): take(answer, at: now)
        case .deposed(let term): end(term, .deposed, asksAt: now + retryDelay)
        case .storeFailed(let term): end(term, .storeFailed, asksAt: now + retryDelay)
        case .resign: resign()
        }
    }

    private mutating func tick(at now: Duration) -> [LeaseEffect] {
        switch state {
        case .standby(let asksAt):
            guard question == nil, now >= asksAt else { return [] }
            question = .acquire(since: now)
            return [.acquire]
        case .leading(let term, let until, let renewsAt):
            if now >= until { return end(term, .expired, asksAt: now) }
            guard question == nil, now >= renewsAt else { return [] }
            question = .renew(term, since: now)
            return [.renew(term)]
        case .resigned:
            return []
        }
    }

    private mutating func take(_ answer: LeaseAnswer, at now: Duration) -> [LeaseEffect] {
        guard let question else { return [] }
        self.question = nil
        switch (question, state) {
        case (.acquire(let since), .standby):
            return takeAcquired(answer, since: since, at: now)
        case (.renew(let asked, let since), .leading(let term, let until, _)) where asked == term:
            switch answer {
            case .granted:
                state = .leading(term, until: since + duration, renewsAt: since + renewDelay)
                return []
            case .held(let holder):
                return end(term, .deposed, asksAt: now + retryDelay) + follow(holder)
            case .failed(let reason):
                state = .leading(term, until: until, renewsAt: now + retryDelay)
                return note(reason)
            }
        case (.acquire, .resigned):
            if case .granted(let term) = answer { return [.release(term)] }
            return []
        case (.renew, _), (.acquire, .leading):
            return []
        }
    }

    private mutating func takeAcquired(
        _ answer: LeaseAnswer,
        since: Duration,
        at now: Duration
    ) -> [LeaseEffect] {
        if case .failed(let reason) = answer {
            state = .standby(asksAt: now + retryDelay)
            return note(reason)
        }
        isUnreachable = false
        guard case .granted(let term) = answer else {
            state = .standby(asksAt: now + retryDelay)
            if case .held(let holder) = answer { return follow(holder) }
            return []
        }
        guard now < since + duration else {
            // The answer took longer than the lease: it is asked for anew, in a new term.
            state = .standby(asksAt: now)
            return []
        }
        leader = nil
        state = .leading(term, until: since + duration, renewsAt: since + renewDelay)
        return [.lead(term)]
    }

    private mutating func note(_ reason: String) -> [LeaseEffect] {
        defer { isUnreachable = true }
        return isUnreachable ? [] : [.unreachable(reason: reason)]
    }

    private mutating func follow(_ holder: LeaseHolder?) -> [LeaseEffect] {
        isUnreachable = false
        guard holder != leader else { return [] }
        leader = holder
        return [.follow(holder)]
    }

    /// Ends a term, if it is this one.
    private mutating func end(_ ended: Term, _ reason: LeaseEnd, asksAt: Duration) -> [LeaseEffect] {
        guard term == ended else { return [] }
        state = .standby(asksAt: asksAt)
        // What a leader was told of is news for a standby, which is not ready because of it.
        isUnreachable = false
        return [.stepDown(reason)]
    }

    private mutating func resign() -> [LeaseEffect] {
        defer { state = .resigned }
        guard let term else { return [] }
        return [.stepDown(.resigned), .release(term)]
    }
}
