extension Setting {
    /// Every key of every file, in the order of the shipped files.
    static let all: [Setting] = node + contract + aggregation + streaming + intentPublisher + fsm + alerts

    static let byName: [Name: Setting] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func all(in file: ConfigurationFile) -> [Setting] { all.filter { $0.name.file == file } }
}
