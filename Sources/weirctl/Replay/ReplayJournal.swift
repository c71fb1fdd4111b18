import ArgumentParser
import WeirNode

struct ReplayJournal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Send the events in the journals of ingests again.",
        discussion: """
            Each directory is the data directory of an ingest, its folder journal, or a copy. It is only read, also while the ingest runs; then what is \
            there at the start is sent. Of several journals the frames are taken in the order in which they were received. An event is sent as it came \
            where the journal has its line, else as its fields, which read again give the same values, bit for bit.

            A journal goes back to its last trim: frames that are committed and older than journal.retention (by default the dedup horizon, 5 min) are gone, \
            by whole segments (journal.segment_bytes). The first lines tell from where each journal reaches. To be able to replay more, raise journal.retention.

            The end of a journal may be a frame that is being written, or that a crash cut: nothing in it was acknowledged. Broken frames in the middle are \
            told with segment and offset, counted and passed over. Lines that were refused are passed over unless --with-refused is given.

            Not into a cluster that has forgotten the ingest (weirctl forget): it does not know the ids of its events any more, and counts them again.

            Exit codes: 0 all is sent; 1 not all (send again: nothing is counted twice); 2 all that can be read is sent, and frames are lost, or lines \
            went to quarantine.

            Examples:
              weirctl replay journal /var/lib/weir/ingest-1 --dry-run
              weirctl replay journal ingest-1/journal ingest-2/journal --ingest tcp://10.1.0.6:7701 --to tcp://10.1.0.5:7700 --state replay.state
              weirctl replay journal /var/lib/weir/ingest-1 --workflow 5f0c2a9e-3c1b-4d7a-9a41-0c8f4f6f2b1d --output -
            """
    )

    @Argument(help: "Data directories of ingests, or their journals.")
    var directories: [String]

    @OptionGroup(title: "Selection") var selection: SelectionOptions
    @OptionGroup var options: ReplayOptions

    func run() async throws {
        let journals: JournalReplay
        do {
            journals = try JournalReplay(directories, selection.choice)
        } catch {
            throw Failure(error)
        }
        options.tell(journals.reaches.map(\.description))
        try await options.run(journals)
    }
}
