import ArgumentParser

@main
struct WeirCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "weirctl", abstract: "Administers a Weir cluster.")
}
