/// Prompts, with escapes and letters beyond ASCII as people write them; drawn before the run.
enum PromptPool {
    /// A power of two.
    static let count = 256

    private static let words = [
        "create", "an", "effect", "node", "that", "writes", "reads", "typed", "metrics", "to", "from", "postgres",
        "kafka",
        "redis", "topics", "with", "retry", "and", "circuit", "breaker", "tests", "contracts", "using", "crud", "for",
        #"\"quoted\""#, #"\u201cr\u00e9sum\u00e9\u201d"#, "“résumé”", #"tab\tand"#, #"\\"#, "naïve", "Größe", "日本", "🙂",
    ]

    static func drawn(_ random: inout RandomStream) -> TextPool {
        var prompts: [String] = []
        for _ in 0..<count {
            let length = 8 + random.below(20)
            var chosen: [String] = []
            for _ in 0..<length { chosen.append(words[random.below(words.count)]) }
            prompts.append(chosen.joined(separator: " "))
        }
        return TextPool(prompts)
    }
}
