import Testing
import WeirWire

@testable import WeirNode

@Suite struct SessionTableTests {
    @Test func aSessionIsItsServersItsLivesAndItsRoles() {
        var table = SessionTable()
        var other = SessionTable()
        let session = table.offer(to: .worker)
        _ = other.offer(to: .worker)
        let isTakenElsewhere = other.admit(1, of: session, for: .worker)
        #expect(!isTakenElsewhere)
        for (number, session, role, isAdmitted) in [
            (1, session, .ingest, false), (1, .none, .worker, false), (1, session, .worker, true),
            (1, session, .worker, false), (2, session, .worker, true),
            // One that was never handed out.
            (1, SessionToken(issue: 2, mark: session.mark), .worker, false),
        ] as [(UInt64, SessionToken, PeerRole, Bool)] {
            let was = table.admit(number, of: session, for: role)
            #expect(was == isAdmitted, "\(number) of \(session.issue) for \(role)")
        }
    }

    @Test func whatIsForgottenToMakeRoomCannotBeUsedAgain() {
        var table = SessionTable()
        let first = table.offer(to: .viewer)
        let unused = table.offer(to: .viewer)
        var tries = [table.admit(1, of: first, for: .viewer)]
        var last = first
        for _ in 0..<SessionTable.sessionsMax {
            last = table.offer(to: .viewer)
            tries.append(table.admit(1, of: last, for: .viewer))
        }
        #expect(tries == Array(repeating: true, count: SessionTable.sessionsMax + 1))
        for (number, session, isAdmitted) in [
            (1, first, false), (2, first, false), (1, unused, false), (1, last, false), (2, last, true),
        ] as [(UInt64, SessionToken, Bool)] {
            let was = table.admit(number, of: session, for: .viewer)
            #expect(was == isAdmitted, "\(number) of \(session.issue)")
        }
    }

    @Test func whoHoldsOneRolesSecretCannotMakeAnotherRoleForgotten() {
        var table = SessionTable()
        let worker = table.offer(to: .worker)
        var tries = [table.admit(1, of: worker, for: .worker)]
        for _ in 0...SessionTable.sessionsMax {
            let viewer = table.offer(to: .viewer)
            tries.append(table.admit(1, of: viewer, for: .viewer))
        }
        tries.append(table.admit(2, of: worker, for: .worker))
        #expect(!tries.contains(false))
    }

    @Test func sessionsThatNobodyUsesTakeNoRoom() {
        var table = SessionTable()
        let first = table.offer(to: .worker)
        let isTaken = table.admit(1, of: first, for: .worker)
        for _ in 0..<(SessionTable.sessionsMax * 2) { _ = table.offer(to: .worker) }
        let isTakenLater = table.admit(2, of: first, for: .worker)
        #expect(isTaken && isTakenLater)
    }

    @Test func tokensReadBack() {
        var table = SessionTable()
        let token = table.offer(to: .worker)
        #expect(SessionToken(bytes: token.bytes[...]) == token)
        #expect(SessionToken.none.bytes.count == SessionToken.bytesCount)
    }
}
