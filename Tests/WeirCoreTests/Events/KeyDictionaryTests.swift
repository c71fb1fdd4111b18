import Testing
import WeirCore

@Suite struct KeyDictionaryTests {
    /// Texts that share their length and ends, so that one takes the place of another among those met lately.
    @Test func textsKeepTheirCodesWhateverWasMetLately() {
        var random = SplitMix64(seed: 3)
        var dictionary = KeyDictionary()
        var known: [String: UInt32] = [:]
        for _ in 0..<20_000 {
            let middle = Int.random(in: 0..<700, using: &random)
            let text = ["", "m\(middle)m", "stage-\(middle)-of-many-that-are-long", "é\(middle)é"].randomElement(
                using: &random
            )!
            let code = dictionary.code(of: text)
            #expect(known[text, default: code] == code)
            known[text] = code
        }
        #expect(dictionary.count == known.count)
        for (text, code) in known { #expect(dictionary.keys[Int(code)] == text) }
    }

    @Test func afterRemovingAllCodesBeginAnew() {
        var dictionary = KeyDictionary()
        _ = dictionary.code(of: "first")
        _ = dictionary.code(of: "second")
        dictionary.removeAll()
        #expect(dictionary.code(of: "second") == 0)
        #expect(dictionary.code(of: "first") == 1)
        #expect(dictionary.keys == ["second", "first"])
    }
}
