import Testing
import WeirCore
import WeirTestSupport

/// Events that are written as JSON, as from a journal, and read again.
@Suite struct EventTextTests {
    private func reread(_ columns: EventColumns) -> EventColumns {
        var text: [UInt8] = []
        var cursor = PayloadCursor()
        for row in 0..<columns.count {
            text += columns.json(ofRow: row, payload: cursor.next(columns.kinds[row])) + [0x0A]
        }
        let batch = Lines.parse(text)
        #expect(batch.quarantined.isEmpty, "\(batch.quarantined)")
        return batch.columns
    }

    /// By their bytes: two NaNs are the same there, and 0 and −0 are not.
    private func encoded(_ columns: EventColumns) -> [UInt8] {
        var writer = ByteWriter()
        columns.encode(into: &writer)
        return writer.bytes
    }

    @Test(arguments: UInt64(1)...20) func textReadAgainGivesTheSameColumnsBitForBit(seed: UInt64) {
        var random = RandomEvents(seed: seed)
        random.span = 1_000_000_000_000_000
        let columns = random.columns(500)
        #expect(encoded(reread(columns)) == encoded(columns))
    }

    @Test func extremesReadAgainAreTheSame() {
        let numbers = [
            0, .leastNonzeroMagnitude, .leastNormalMagnitude, 0.1, 1.0 / 3, 0.1 + 0.2, 1e15, 1e16,
            123_456_789_012_345_680, Double(1 << 53), EventLimits.magnitudeBelow.nextDown,
        ]
        let texts = [
            "\u{0}", "\u{1}\u{1F}\u{7F}", "\"\\/\u{8}\u{C}\n\r\t", "\u{2028}\u{FEFF}é\u{301}", "𝄞",
            String(repeating: "\u{2}", count: EventLimits.keyBytesMax),
        ]
        var columns = EventColumns()
        for (index, number) in numbers.enumerated() {
            let text = texts[index % texts.count]
            for kind in EventKind.allCases {
                columns.kinds.append(kind.rawValue)
                columns.times.append([EventTime.earliest, EventTime(microseconds: -1), EventTime.latest][index % 3])
                columns.eventIDs.append(UUID128(high: .max, low: UInt64(index)))
                columns.workflowIDs.append(UUID128(high: 0, low: UInt64(index)))
                columns.correlationIDs.append(.zero)
            }
            columns.stages.stage.append(columns.stageKeys.code(of: text))
            columns.stages.number.append(8)
            columns.stages.success.append(UInt8(index % 2))
            columns.stages.duration.append(number)
            columns.completions.duration.append(number)
            columns.completions.quality.append(min(1, number))
            columns.completions.coverage.append(index % 2 == 0 ? .nan : min(1, number))
            columns.completions.complexity.append(index % 2 == 0 ? -number - 1 : .nan)
            columns.completions.cost.append(number)
            columns.completions.tokens.append(index % 2 == 0 ? EventLimits.tokensMax : 0)
            columns.completions.patterns.append(UInt32(index * 100))
            columns.completions.nodeType.append(columns.nodeTypeKeys.code(of: text))
            columns.completions.model.append(columns.modelKeys.code(of: text))
            columns.failures.stage.append(columns.stageKeys.code(of: text))
            columns.failures.errorCode.append(columns.errorCodeKeys.code(of: text))
            columns.failures.partialDuration.append(number)
            columns.failures.retryable.append(UInt8(index % 2))
        }
        #expect(encoded(reread(columns)) == encoded(columns))
    }
}
