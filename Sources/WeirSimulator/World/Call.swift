/// A question that waits for its answer, and ends once.
final class Call<Answer> {
    private var then: ((Answer?) -> Void)?

    /// - Parameter then: gets the answer, or nil when there is none.
    init(_ then: @escaping (Answer?) -> Void) { self.then = then }

    var hasEnded: Bool { then == nil }

    func end(_ answer: Answer?) {
        guard let then else { return }
        self.then = nil
        then(answer)
    }
}
