import ArgumentParser
import WeirLoad

/// How fast, and for how long.
struct ProfileOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case constant
        case ramp
        case step
        case burst
    }

    @Option(help: ArgumentHelp("Events a second: constant, or where a ramp, steps or bursts begin.", valueName: "n"))
    var rate = 10_000.0

    @Option(help: "How the rate goes: constant, ramp, step or burst.")
    var profile = Kind.constant

    @Option(help: ArgumentHelp("Rate that a ramp, steps or bursts reach. Default: ten times --rate", valueName: "n"))
    var peak: Double?

    @Option(help: "Steps of equal length, 2…1000.")
    var steps = 5

    @Option(name: .customLong("burst-every"), help: ArgumentHelp("From burst to burst.", valueName: "time"))
    var burstEvery = Seconds(10)

    @Option(name: .customLong("burst-length"), help: ArgumentHelp("Length of a burst.", valueName: "time"))
    var burstLength = Seconds(1)

    @Option(help: ArgumentHelp("Length of the run. Default: 30s, or --events at --rate", valueName: "time"))
    var duration: Seconds?

    @Option(help: ArgumentHelp("Lines to send; the run ends with the last.", valueName: "n"))
    var events: Int?

    func validate() throws {
        try TargetOptions.check("--rate", rate, 0.01...1e9)
        if let peak { try TargetOptions.check("--peak", peak, 0.01...1e9) }
        try TargetOptions.check("--steps", steps, 2...1000)
        if let events { try TargetOptions.check("--events", events, 1...1_000_000_000_000) }
        if let duration { try TargetOptions.check("--duration (seconds)", duration.value, 0.01...1e7) }
        guard burstEvery.value > 0, burstLength.value > 0, burstLength.value <= burstEvery.value else {
            throw ValidationError("--burst-length: a time above 0 and up to --burst-every is needed")
        }
        if profile != .constant, duration == nil, events != nil {
            throw ValidationError("--events with --profile \(profile.rawValue): --duration is needed too")
        }
    }

    var rateProfile: RateProfile {
        let top = peak ?? rate * 10
        return switch profile {
        case .constant: .constant(rate)
        case .ramp: .ramp(from: rate, to: top)
        case .step: .step(from: rate, to: top, steps: steps)
        case .burst: .burst(base: rate, peak: top, every: burstEvery.value, length: burstLength.value)
        }
    }

    func schedule() -> LoadSchedule {
        let seconds = duration?.value ?? events.map { Double($0) / rate } ?? 30
        return LoadSchedule(rateProfile, seconds: seconds, events: events)
    }
}
