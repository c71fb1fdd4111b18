import ArgumentParser

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send events of the past again (journal, file, kafka), or publish windows again (windows).",
        discussion: """
            Events keep their ids, so whatever is sent twice is counted once: by the same cluster within its dedup horizon, and by a side cluster, \
            which has none of them yet, once each. A record is a function of the set of events alone: a side cluster that is given the journals of \
            another has the same records, bit for bit.

            How old events may be: a cluster puts an event that is older than its watermark by more than max_lateness (5 min by default) in quarantine as \
            too_late, unless it still knows its id (dedup_horizon, by default 5 min). It counts none twice, but what it has forgotten would fill its \
            quarantine; so a replay of such events is refused, unless --allow-late is given. A side cluster for a backfill has both set to unlimited \
            (weir up --max-lateness unlimited --dedup-horizon unlimited).

            Examples:
              weirctl replay journal /var/lib/weir/ingest-1 --ingest tcp://10.1.0.6:7701 --to tcp://10.1.0.5:7700
              weirctl replay file november.ndjson --from-time 2026-11-02T00:00:00Z --until-time 2026-11-03T00:00:00Z
              weirctl replay kafka --brokers kafka-1:9092 --topic dev.codegen.completed.v1 --from-time 2026-11-02T00:00:00Z
              weirctl replay windows --from 2026-11-02T00:00:00Z --to 2026-11-03T00:00:00Z
            """,
        subcommands: [ReplayJournal.self, ReplayFile.self, ReplayKafka.self, ReplayWindows.self],
        defaultSubcommand: ReplayWindows.self
    )
}
