import Foundation

/// What was bound to come did not.
public struct DidNotCome: Error, CustomStringConvertible {
    public let description: String
}

/// Waits for something that is bound to come.
///
/// - Parameters:
///   - seconds: at most.
///   - told: asked for when it does not come, for the message.
public func awaitThat(
    _ what: String,
    within seconds: Int = 60,
    told: () throws -> String = { "" },
    _ condition: () throws -> Bool
) throws {
    let end = Date().addingTimeInterval(Double(seconds))
    while try !condition() {
        guard Date() < end else { throw DidNotCome(what, seconds, try told()) }
        usleep(10_000)
    }
}

/// Likewise, for what is asked asynchronously.
public func awaitThat(
    _ what: String,
    within seconds: Int = 60,
    told: () throws -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    let end = Date().addingTimeInterval(Double(seconds))
    while try await !condition() {
        guard Date() < end else { throw DidNotCome(what, seconds, try told()) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

extension DidNotCome {
    fileprivate init(_ what: String, _ seconds: Int, _ told: String) {
        description = "in \(seconds) s it did not come that \(what)\(told.isEmpty ? "" : ": \(told)")"
    }
}
