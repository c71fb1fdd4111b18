import ArgumentParser
import WeirNode

@main
struct WeirCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weirctl",
        abstract: "Sends events to a Weir cluster, and shows what it makes of them.",
        discussion: """
            Every command asks the coordinator at --to. Tables are for people; --json prints one JSON object a line for programs.

            Exit codes: 0 done; 1 no answer, refused, or not there; 2 done, with something to look at (each command's help says what); 64 wrong usage.

            Examples:
              weirctl send events.ndjson          send a file, and wait until all of it is on disk there
              weirctl flush                       close every window, and wait until their intents are carried out
              weirctl windows --type hourly       what the hours were like
              weirctl status                      is the cluster well?
              weirctl alerts                      what is firing?
              weirctl trends --by model           which model gets better or worse?
              weirctl quarantine                  lines that were refused, and why
              weirctl replay journal ingest-1     send what is in a journal again, to this cluster or another
              weirctl drain worker-2              take a worker out of service, to stop it
            """,
        version: WeirVersion.current,
        subcommands: [
            Send.self, Flush.self, Windows.self, Status.self, Intents.self, Quarantine.self, WorkflowCommand.self,
            Stuck.self, Failed.self, Nodes.self, Shards.self, Drain.self, Forget.self, Rebalance.self, Alerts.self,
            Trends.self,
            Watermarks.self, Top.self, Replay.self, Backup.self, Restore.self, ConfigCommand.self, Completion.self,
        ]
    )
}
