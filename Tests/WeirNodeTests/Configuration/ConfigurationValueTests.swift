import Testing

@testable import WeirNode

@Suite("Values in a configuration")
struct ConfigurationValueTests {
    @Test(
        "A duration is a whole number with its unit",
        arguments: [("90000ms", 90_000), ("300s", 300_000), ("5m", 300_000), ("12h", 43_200_000), ("7d", 604_800_000)]
    )
    func duration(text: String, milliseconds: Int) {
        #expect(DurationText(text)?.duration == .milliseconds(milliseconds))
    }

    @Test(
        "Other durations are refused",
        arguments: ["", "5", "m", "5 m", "-5m", "1.5h", "5M", "5min", "9223372036854775807d", "9223372036854775807ms"]
    )
    func noDuration(text: String) {
        #expect(DurationText(text) == nil)
    }

    @Test(
        "A duration is written so that it reads back",
        arguments: [0, 1, 999, 1000, 61_000, 90_000, 3_600_000, 86_400_000]
    )
    func durationRoundTrip(milliseconds: Int) {
        let text = DurationText(.milliseconds(milliseconds)).description
        #expect(DurationText(text)?.duration == .milliseconds(milliseconds))
    }

    @Test("A size is a number of bytes, KiB, MiB or GiB, and is written so that it reads back")
    func sizes() {
        for (text, bytes) in [("0", 0), ("1000", 1000), ("64KiB", 65_536), ("16 MiB", 16 << 20), ("4GiB", 4 << 30)] {
            #expect(ByteSize(text)?.bytes == bytes)
            #expect(ByteSize(ByteSize(bytes: bytes).description)?.bytes == bytes)
        }
        for text in ["", "MiB", "-1", "1.5MiB", "16MB", "16mib", "9223372036854775807GiB", "1_000"] {
            #expect(ByteSize(text) == nil, "\(text)")
        }
    }

    @Test("Only URLs of nng's transports are taken")
    func urls() {
        let url = AllowedValues<String>.url
        for text in [
            "tcp://127.0.0.1:7701", "tcp://*:7701", "tcp://:0", "tcp://[::1]:7701", "tls+tcp://node-1.weir:65535",
            "ipc:///run/weir", "inproc://a",
        ] {
            #expect(url.read(ConfigurationNode(text: text)) == text)
        }
        for text in [
            "", "tcp:", "tcp://", "tcp://a", "tcp://a:", "tcp://a:65536", "tcp://a:-1", "tcp://a:1/x", "tcp://a b:1",
            "tcp://::1:7701",
            "TCP://a:1", "ws://a:1", "ipc://run", "ipc:///" + String(repeating: "x", count: 107), "inproc://",
            "127.0.0.1:1",
        ] {
            #expect(url.read(ConfigurationNode(text: text)) == nil, "\(text)")
        }
    }

    @Test("An HTTP listener is off, or a host and a port")
    func listeners() {
        #expect(HTTPListener("off") == .off)
        #expect(HTTPListener("0.0.0.0:0") == .address(host: "0.0.0.0", port: 0))
        #expect(HTTPListener("[::1]:80") == .address(host: "::1", port: 80))
        for text in ["", "on", "8063", ":8063", "a:b", "a:65536", "http://a:1", "[]:1", "[a]:1", "::1"] {
            #expect(HTTPListener(text) == nil, "\(text)")
        }
    }

    @Test("The nearest name is the one with the fewest edits, if they are few")
    func nearestName() {
        let names = ["shards", "workers", "ingest_url"]
        #expect(NearestName.nearest(to: "shard", among: names) == "shards")
        #expect(NearestName.nearest(to: "wrokers", among: names) == "workers")
        #expect(NearestName.nearest(to: "ingestUrl", among: names) == "ingest_url")
        #expect(NearestName.nearest(to: "colour", among: names) == nil)
        #expect(NearestName.nearest(to: "", among: names) == nil)
        #expect(NearestName.edits("ab", "ba") == 1)
        #expect(NearestName.edits("", "abc") == 3)
    }
}
