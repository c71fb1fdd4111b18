/// The keys that may stand in a group of a file.
struct KnownKeys {
    var file: ConfigurationFile
    /// The path of the group with a dot at its end; empty for the file's outermost.
    var prefix: String

    /// Keys and groups in the order of the shipped file.
    var names: [String] {
        var names: [String] = []
        for setting in Setting.all(in: file) where setting.name.path.hasPrefix(prefix) {
            let name = String(setting.name.path.dropFirst(prefix.count).prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// What to say to who wrote a key that is not known here: the nearest one that is, or where that key belongs.
    func message(forUnknown key: String) -> String {
        let list = "known here: " + names.joined(separator: ", ")
        if let elsewhere = Setting.all.first(where: { $0.name.path.split(separator: ".").last ?? "" == key }) {
            return
                "the key is not known here; it belongs at \(elsewhere.name.path) in \(elsewhere.name.file.rawValue); \(list)"
        }
        if let nearest = NearestName.nearest(to: key, among: names) {
            return "the key is not known; did you mean \(prefix)\(nearest)? \(list)"
        }
        return "the key is not known; \(list)"
    }
}
