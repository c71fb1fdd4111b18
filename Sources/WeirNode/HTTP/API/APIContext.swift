import Hummingbird
import NIOCore

/// What is known of a request beside itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address of the client, without its port.
    let client: String

    init(source: Source) {
        coreContext = .init(source: source)
        client = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
