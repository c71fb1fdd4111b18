import ArgumentParser

struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a completion script for a shell.",
        discussion: """
            Examples:
              weirctl completion bash > /etc/bash_completion.d/weirctl
              weirctl completion zsh > ~/.zsh/completions/_weirctl
              weirctl completion fish > ~/.config/fish/completions/weirctl.fish
            """
    )

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let completed: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(WeirCtl.completionScript(for: completed))
    }
}
