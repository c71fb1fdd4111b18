import ArgumentParser
import Foundation
import WeirNode
import WeirWire

/// What commands that ask the coordinator have in common.
struct Connection: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Control URL of the coordinator; of several, all, with commas between them; or where they are found, such as consul+http://HOST:PORT. \
            A registry that asks for credentials is given those of WEIR_DISCOVERY_ETCD_USERNAME, _ETCD_PASSWORD_FILE, _CONSUL_TOKEN_FILE, \
            _TLS_CA, _TLS_CERTIFICATE and _TLS_KEY.
            """,
            valueName: "url"
        )
    )
    var to = Coordinator.standardURL

    @Option(help: ArgumentHelp("Seconds to wait for an answer.", valueName: "seconds"))
    var timeout: Double?

    @OptionGroup(title: "Security") var security: SecurityOptions

    func validate() throws {
        if let timeout, !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout \(timeout): a number of seconds above 0 and up to 1000000 is needed")
        }
    }

    /// Asks, and ends the program with a message when there is no answer.
    func ask(_ request: AdminRequest, timeout standard: Double = 10) async throws -> Data {
        try await Coordinator(url: to, timeout: timeout ?? standard, security: security).ask(request)
    }
}

/// Where to ask, and how long to wait.
struct Coordinator {
    let url: String
    /// Seconds.
    let timeout: Double
    let security: SecurityOptions

    static let standardURL = "tcp://127.0.0.1:7700"

    func ask(_ request: AdminRequest) async throws -> Data {
        do {
            let client = try AdminClient(
                url: url,
                discovery: security.discovery(),
                timeout: .milliseconds(Int64(timeout * 1000)),
                security: try security.security()
            )
            defer { client.close() }
            return Data(try await client.ask(request))
        } catch {
            throw Failure(error)
        }
    }
}

/// A failure that ends the program with exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = "\(error)"
    }

    init(_ description: String) {
        self.description = description
    }
}
