/// Runs seeds.
public enum Simulation {
    /// Runs a seed. The same seed does the same, always.
    ///
    /// - Parameter isTraced: keeps what happened last as text, which costs much time.
    public static func run(seed: UInt64, scale: Scenario.Scale = .full, isTraced: Bool = false) -> SimulationResult {
        result(of: World(Scenario(seed: seed, scale: scale), isTraced: isTraced))
    }

    #if WEIR_PLANTED_BUGS
        /// Runs a seed with a mistake in the cluster.
        public static func run(seed: UInt64, scale: Scenario.Scale, planting bug: PlantedBug) -> SimulationResult {
            result(of: World(Scenario(seed: seed, scale: scale), plantedBug: bug))
        }
    #endif

    private static func result(of world: World) -> SimulationResult {
        world.run()
        return SimulationResult(
            seed: world.scenario.seed,
            statistics: world.statistics,
            violation: world.violation.map {
                SimulationResult.Violation(invariant: $0.invariant, detail: $0.detail, at: world.now)
            },
            trace: world.trace,
            steps: world.steps,
            digest: world.random.next()
        )
    }
}
