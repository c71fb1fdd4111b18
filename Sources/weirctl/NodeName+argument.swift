import ArgumentParser
import WeirWire

extension NodeName {
    /// The name that an argument gives.
    ///
    /// - Throws: for a text that is none, with what a name is.
    init(argument text: String) throws {
        guard let name = NodeName(text) else {
            throw ValidationError(
                "\"\(text)\" is no name of a node: 1 to 64 letters, digits, dots, hyphens or underscores"
            )
        }
        self = name
    }
}
