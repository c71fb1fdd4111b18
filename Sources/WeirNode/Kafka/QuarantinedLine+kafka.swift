import WeirConnectors
import WeirCore

extension QuarantinedLine {
    /// Says where the line lies in Kafka: its position is the offset, and the detail names the partition.
    mutating func locate(in batch: KafkaBatch) {
        guard let place = batch.place(ofLine: line) else { return }
        line = Int(place.offset)
        detail += " (\(place.partition) at offset \(place.offset))"
    }
}
